import {
  IconHammer,
  IconHandStop,
  IconPlayerPlay,
  IconPlayerStop,
  IconRefresh,
  IconTrash,
  type TablerIcon,
} from '@tabler/icons-react';
import { whyNeverDestroyed, whyNot } from '../../../../protocol/agent-actions.ts';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';

/** What the page can do to an agent; `interrupt` is about its turn, the others about its box. */
export type PageAction = 'start' | 'stop' | 'restart' | 'rebuild' | 'interrupt' | 'destroy';

/** One row: its words, its operation, when it asks first, and what it then says. */
export interface ActionRow {
  readonly action: PageAction;
  readonly label: string;
  readonly icon: TablerIcon;
  readonly operation: `${PageAction}Agent`;
  /** After the agent's name, when it was done. */
  readonly said: string;
  /** `when_working`: it would cut a running turn off. */
  readonly asks: 'never' | 'when_working' | 'always';
  /** The question's title before the agent's name, and the word on its button. */
  readonly verbs: readonly [question: string, button: string];
  readonly consequence: string;
}

/** The order in which actions are offered. */
export const ACTIONS: readonly ActionRow[] = [
  {
    action: 'start',
    label: 'Start',
    icon: IconPlayerPlay,
    operation: 'startAgent',
    said: 'is starting',
    asks: 'never',
    verbs: ['Start', 'Start'],
    consequence: '',
  },
  {
    action: 'stop',
    label: 'Stop',
    icon: IconPlayerStop,
    operation: 'stopAgent',
    said: 'is being stopped',
    asks: 'when_working',
    verbs: ['Stop', 'Stop'],
    consequence: 'The box ends; files and mail stay.',
  },
  {
    action: 'restart',
    label: 'Restart',
    icon: IconRefresh,
    operation: 'restartAgent',
    said: 'is restarting',
    asks: 'when_working',
    verbs: ['Restart', 'Restart'],
    consequence: 'The box starts again as it is.',
  },
  {
    action: 'rebuild',
    label: 'Rebuild',
    icon: IconHammer,
    operation: 'rebuildAgent',
    said: 'is being rebuilt',
    asks: 'when_working',
    verbs: ['Rebuild', 'Rebuild'],
    consequence: 'The box is replaced by the next generation; files, mailbox and session stay.',
  },
  {
    action: 'interrupt',
    label: 'Interrupt turn',
    icon: IconHandStop,
    operation: 'interruptAgent',
    said: 'was interrupted; its messages are put back',
    asks: 'when_working',
    verbs: ['Interrupt the turn of', 'Interrupt'],
    consequence: 'The box goes on running.',
  },
  {
    action: 'destroy',
    label: 'Destroy…',
    icon: IconTrash,
    operation: 'destroyAgent',
    said: 'is gone',
    asks: 'always',
    verbs: ['Destroy', 'Destroy'],
    consequence: '',
  },
];

/** Null when it can be done; otherwise why not. The box's actions by the table that hived enforces. */
export function reasonAgainst(action: PageAction, { name, state }: Pick<AgentView, 'name' | 'state'>): string | null {
  if (action === 'interrupt') return state === 'working' ? null : 'Cannot interrupt: no turn is running.';
  return (action === 'destroy' ? whyNeverDestroyed(name) : null) ?? whyNot(action, state);
}

/** Whether it asks first: what is lost for good always, what would cut a running turn off while one runs. */
export function wantsConfirmation({ asks }: ActionRow, { state }: Pick<AgentView, 'state'>): boolean {
  return asks === 'always' || (asks === 'when_working' && state === 'working');
}

/** Before a running turn is cut off: its messages are put back and come again in a later turn. */
export function sayCut({ consequence }: ActionRow, { name, turn }: Pick<AgentView, 'name' | 'turn'>): string {
  const which = turn === null ? 'a turn' : `turn ${turn}`;
  return `${name} is in ${which}. That turn ends now and its messages are put back for a later one. ${consequence}`;
}
