import {
  IconHammer,
  IconHourglass,
  IconPlayerPlay,
  IconPlayerStop,
  IconRefresh,
  type TablerIcon,
} from '@tabler/icons-react';
import { whyNot } from '../../../../protocol/agent-actions.ts';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';

/** An action on many agents at once. */
export interface BulkRow {
  readonly label: string;
  readonly icon: TablerIcon;
  readonly action: 'start' | 'stop' | 'restart' | 'rebuild';
  /** Called once per agent; null when one operation covers all agents (see `rebuild`). */
  readonly operation: 'startAgent' | 'stopAgent' | 'restartAgent' | null;
  /** The mode of the rebuild operation for many agents: each when its current turn ends, or all at once. */
  readonly rebuild: 'when_idle' | 'now' | null;
  readonly cutsTurns: boolean;
  readonly alwaysAsks: boolean;
  readonly consequence: string;
  /** A hint shown in the menu. */
  readonly hint: string;
  /** The confirmation text that follows the number of agents. */
  readonly doneText: string;
  /** The reason shown when no listed agent can take the action. */
  readonly whyNone: string;
}

export const BULK_ACTIONS: readonly BulkRow[] = [
  {
    label: 'Start',
    icon: IconPlayerPlay,
    action: 'start',
    operation: 'startAgent',
    rebuild: null,
    cutsTurns: false,
    alwaysAsks: false,
    consequence: '',
    hint: '',
    doneText: 'starting',
    whyNone: 'None of them is stopped',
  },
  {
    label: 'Stop',
    icon: IconPlayerStop,
    action: 'stop',
    operation: 'stopAgent',
    rebuild: null,
    cutsTurns: true,
    alwaysAsks: true,
    consequence: 'Their boxes end; files and mail stay.',
    hint: '',
    doneText: 'being stopped',
    whyNone: 'None of them runs',
  },
  {
    label: 'Restart',
    icon: IconRefresh,
    action: 'restart',
    operation: 'restartAgent',
    rebuild: null,
    cutsTurns: true,
    alwaysAsks: true,
    consequence: 'Their boxes start again as they are.',
    hint: '',
    doneText: 'restarting',
    whyNone: 'None of them runs',
  },
  {
    label: 'Rebuild when idle',
    icon: IconHourglass,
    action: 'rebuild',
    operation: null,
    rebuild: 'when_idle',
    cutsTurns: false,
    alwaysAsks: false,
    consequence: '',
    hint: 'each when its turn is over',
    doneText: 'being rebuilt',
    whyNone: 'None of them runs',
  },
  {
    label: 'Rebuild now',
    icon: IconHammer,
    action: 'rebuild',
    operation: null,
    rebuild: 'now',
    cutsTurns: true,
    alwaysAsks: true,
    consequence: 'Their boxes are replaced by the next generation; files, mailboxes and sessions stay.',
    hint: 'running turns are cut',
    doneText: 'being rebuilt',
    whyNone: 'None of them runs',
  },
];

/** The agents that the action applies to (not a stopped agent for a rebuild, which would start it), and those whose running turn it ends. */
export function targetsOf(row: BulkRow, agents: readonly AgentView[]): { targets: AgentView[]; cut: AgentView[] } {
  const targets = agents.filter(
    (agent) => whyNot(row.action, agent.state) === null && (row.action !== 'rebuild' || agent.desired === 'running'),
  );
  return { targets, cut: row.cutsTurns ? targets.filter(({ state }) => state === 'working') : [] };
}
