import {
  IconHammer,
  IconHandStop,
  IconPlayerPlay,
  IconPlayerStop,
  IconRefresh,
  type TablerIcon,
} from '@tabler/icons-react';
import { whyNot } from '../../../../protocol/agent-actions.ts';
import type { AgentState } from '../../../../protocol/schemas/agent.ts';
import type { PageAction } from './mutations.ts';

/** The order in which actions are offered, with their words. */
export const ACTIONS: readonly { action: PageAction; label: string; icon: TablerIcon }[] = [
  { action: 'start', label: 'Start', icon: IconPlayerPlay },
  { action: 'stop', label: 'Stop', icon: IconPlayerStop },
  { action: 'restart', label: 'Restart', icon: IconRefresh },
  { action: 'rebuild', label: 'Rebuild', icon: IconHammer },
  { action: 'interrupt', label: 'Interrupt turn', icon: IconHandStop },
];

/** Null when it can be done; otherwise why not. The box's actions by the table that hived enforces. */
export function reasonAgainst(action: PageAction, state: AgentState): string | null {
  if (action !== 'interrupt') return whyNot(action, state);
  return state === 'working' ? null : 'Cannot interrupt: no turn is running.';
}
