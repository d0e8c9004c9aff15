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

/** Something that is done to many agents at one go. */
export interface BulkRow {
  readonly label: string;
  readonly icon: TablerIcon;
  readonly action: 'start' | 'stop' | 'restart' | 'rebuild';
  /** Asked once for each agent; null: the whole lot is one operation, see `rebuild`. */
  readonly operation: 'startAgent' | 'stopAgent' | 'restartAgent' | null;
  /** A rebuild of many is an operation of its own: each when its turn is over, or at once. */
  readonly rebuild: 'when_idle' | 'now' | null;
  readonly cutsTurns: boolean;
  readonly alwaysAsks: boolean;
  readonly consequence: string;
  /** How it is done, for the menu. */
  readonly about: string;
  /** After the number of agents, when it was done. */
  readonly said: string;
  /** Why it is nobody's turn. */
  readonly none: string;
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
    about: '',
    said: 'starting',
    none: 'None of them is stopped',
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
    about: '',
    said: 'being stopped',
    none: 'None of them runs',
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
    about: '',
    said: 'restarting',
    none: 'None of them runs',
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
    about: 'each when its turn is over',
    said: 'being rebuilt',
    none: 'None of them runs',
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
    about: 'running turns are cut',
    said: 'being rebuilt',
    none: 'None of them runs',
  },
];

/** Whom it is done to (a stopped agent would be started by its rebuild), and whose running turns it cuts. */
export function targetsOf(row: BulkRow, agents: readonly AgentView[]): { targets: AgentView[]; cut: AgentView[] } {
  const targets = agents.filter(
    (agent) => whyNot(row.action, agent.state) === null && (row.action !== 'rebuild' || agent.desired === 'running'),
  );
  return { targets, cut: row.cutsTurns ? targets.filter(({ state }) => state === 'working') : [] };
}
