import {
  IconHammer,
  IconHandStop,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerSkipForward,
  IconPlayerStop,
  IconRefresh,
  IconTrash,
  type TablerIcon,
} from '@tabler/icons-react';
import { whyNeverDestroyed, whyNot } from '../../../../protocol/agent-actions.ts';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import type { HoldKind } from '../../../../protocol/schemas/hold.ts';

/** The actions on one agent: `pause`, `resume` and `interrupt` act on its turns, the others on its box. */
export type PageAction = 'start' | 'stop' | 'restart' | 'rebuild' | 'pause' | 'resume' | 'interrupt' | 'destroy';

/** One action: its texts, its operation and when it needs confirmation. */
export interface ActionRow {
  readonly action: PageAction;
  readonly label: string;
  readonly icon: TablerIcon;
  readonly operation: `${PageAction}Agent`;
  /** The notification text that follows the agent's name. */
  readonly doneText: string;
  /** When confirmation is needed. `when_working`: the action would end a running turn. */
  readonly confirm: 'never' | 'when_working' | 'always';
  /** The dialog's title, which the agent's name follows, and the label of its button. */
  readonly verbs: readonly [question: string, button: string];
  readonly consequence: string;
}

/** All actions, in display order. */
export const ACTIONS: readonly ActionRow[] = [
  {
    action: 'start',
    label: 'Start',
    icon: IconPlayerPlay,
    operation: 'startAgent',
    doneText: 'is starting',
    confirm: 'never',
    verbs: ['Start', 'Start'],
    consequence: '',
  },
  {
    action: 'stop',
    label: 'Stop',
    icon: IconPlayerStop,
    operation: 'stopAgent',
    doneText: 'is being stopped',
    confirm: 'when_working',
    verbs: ['Stop', 'Stop'],
    consequence: 'The box ends; files and mail stay.',
  },
  {
    action: 'restart',
    label: 'Restart',
    icon: IconRefresh,
    operation: 'restartAgent',
    doneText: 'is restarting',
    confirm: 'when_working',
    verbs: ['Restart', 'Restart'],
    consequence: 'The box starts again as it is.',
  },
  {
    action: 'rebuild',
    label: 'Rebuild',
    icon: IconHammer,
    operation: 'rebuildAgent',
    doneText: 'is being rebuilt',
    confirm: 'when_working',
    verbs: ['Rebuild', 'Rebuild'],
    consequence: 'The box is replaced by the next generation; files, mailbox and session stay.',
  },
  {
    action: 'pause',
    label: 'Pause',
    icon: IconPlayerPause,
    operation: 'pauseAgent',
    doneText: 'begins no further turn; its mail waits',
    confirm: 'never',
    verbs: ['Pause', 'Pause'],
    consequence: '',
  },
  {
    action: 'resume',
    label: 'Resume',
    icon: IconPlayerSkipForward,
    operation: 'resumeAgent',
    doneText: 'goes on',
    confirm: 'never',
    verbs: ['Resume', 'Resume'],
    consequence: '',
  },
  {
    action: 'interrupt',
    label: 'Interrupt turn',
    icon: IconHandStop,
    operation: 'interruptAgent',
    doneText: 'was interrupted; its messages are put back',
    confirm: 'when_working',
    verbs: ['Interrupt the turn of', 'Interrupt'],
    consequence: 'The box goes on running.',
  },
  {
    action: 'destroy',
    label: 'Destroy…',
    icon: IconTrash,
    operation: 'destroyAgent',
    doneText: 'is gone',
    confirm: 'always',
    verbs: ['Destroy', 'Destroy'],
    consequence: '',
  },
];

/** Null when the action is allowed, otherwise the reason. Actions on the box follow the table that hived enforces. */
export function whyNotAction(
  action: PageAction,
  { name, state, holds = [] }: Pick<AgentView, 'name' | 'state' | 'holds'>,
): string | null {
  const isHeldBy = (kinds: readonly HoldKind[]) => holds.some(({ kind }) => kinds.includes(kind));
  if (action === 'pause') return isHeldBy(['paused']) ? 'Cannot pause: it is paused already.' : null;
  if (action === 'resume')
    return isHeldBy(['paused', 'stuck']) ? null : 'Cannot resume: it is neither paused nor stuck.';
  if (action === 'interrupt') return state === 'working' ? null : 'Cannot interrupt: no turn is running.';
  return (action === 'destroy' ? whyNeverDestroyed(name) : null) ?? whyNot(action, state);
}

/** Whether the action needs confirmation: always if it cannot be undone, otherwise only when it would end a running turn. */
export function needsConfirmation({ confirm }: ActionRow, { state }: Pick<AgentView, 'state'>): boolean {
  return confirm === 'always' || (confirm === 'when_working' && state === 'working');
}

/** The confirmation text for ending a running turn: its messages are put back and delivered again in a later turn. */
export function describeCut({ consequence }: ActionRow, { name, turn }: Pick<AgentView, 'name' | 'turn'>): string {
  const which = turn === null ? 'a turn' : `turn ${turn}`;
  return `${name} is in ${which}. That turn ends now and its messages are put back for a later one. ${consequence}`;
}
