import type { Config } from '../../config/schema.ts';
import type { Module } from '../../core/module.ts';
import { pruneByAge } from '../../core/retention.ts';
import { type ApprovalDeps, handleApprovals } from './approvals.ts';
import { handleEgress } from './handlers.ts';
import { deleteApprovalsOf, pruneApprovals } from './store/approvals.ts';
import { pruneConnections } from './store/connections.ts';
import { deleteRulesOf, endTurnRules, hasTurnRules } from './store/egress-rules.ts';

/** Hosts outside: which agents may reach which, and what they reached. The gateway enforces it. */
export function egressModule(
  deps: ApprovalDeps & { retention: Config['retention']; onError: (error: unknown) => void },
) {
  const { db, writer, onRulesChanged } = deps;
  const rules = handleEgress(deps);
  const approvals = handleApprovals(deps);

  async function endTurn(agent: string): Promise<void> {
    if (!hasTurnRules(db, agent)) return;
    await writer.write((tx) => endTurnRules(tx.db, agent));
    onRulesChanged();
  }

  return {
    name: 'egress',
    handlers: {
      operator: { ...rules.operator, ...approvals.operator },
      gateway: { ...rules.gateway, ...approvals.gateway },
    },
    onAgentRetired(tx, { name }) {
      deleteRulesOf(tx.db, name);
      deleteApprovalsOf(tx.db, name);
    },
    retention: [
      pruneByAge(deps.retention.events_days, (tx, look) => pruneConnections(tx.db, look)),
      pruneByAge(deps.retention.events_days, (tx, look) => pruneApprovals(tx.db, look)),
    ],
    onEvent({ kind, agent }) {
      // The role may be another one now.
      if (kind === 'agent.changed') onRulesChanged();
      if (kind === 'turn.finished' && agent !== null) void endTurn(agent).catch(deps.onError);
    },
  } satisfies Module;
}
