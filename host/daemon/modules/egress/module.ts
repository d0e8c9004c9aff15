import type { Config } from '../../config/schema.ts';
import type { Module } from '../../core/module.ts';
import { pruneByAge } from '../../core/retention.ts';
import { type ApprovalDeps, handleApprovals } from './approvals.ts';
import { handleEgress } from './handlers.ts';
import { handleInjections, type InjectionHandlerDeps } from './injections.ts';
import { recordLastConnections } from './lost-connections.ts';
import { handleQuotas, type QuotaHandlerDeps } from './quota-handlers.ts';
import { deleteInjectionsOf } from './store/injections.ts';
import { deleteApprovalsOf, pruneApprovals } from './store/approvals.ts';
import { pruneConnections } from './store/connections.ts';
import { deleteRulesOf, endTurnRules, hasTurnRules } from './store/egress-rules.ts';
import { deleteQuotasOf } from './store/quotas.ts';
import { deleteTrafficOf, pruneCounters, pruneTraffic } from './store/traffic.ts';

const TRAFFIC_DAYS = 40;
const COUNTER_DAYS = 2;

/** Hosts outside: which agents may reach which, and what they reached. The gateway enforces it. */
export function egressModule(
  deps: ApprovalDeps &
    QuotaHandlerDeps &
    InjectionHandlerDeps & { retention: Config['retention']; onError: (error: unknown) => void },
) {
  const { db, writer, onRulesChanged } = deps;
  const rules = handleEgress(deps);
  const approvals = handleApprovals(deps);
  const quotas = handleQuotas(deps);
  const injections = handleInjections(deps);

  async function endTurn(agent: string): Promise<void> {
    if (!hasTurnRules(db, agent)) return;
    await writer.write((tx) => endTurnRules(tx.db, agent));
    onRulesChanged();
  }

  return {
    name: 'egress',
    handlers: {
      operator: { ...rules.operator, ...approvals.operator, ...quotas.operator, ...injections.operator },
      gateway: { ...rules.gateway, ...approvals.gateway, ...quotas.gateway },
    },
    onAgentRetired(tx, { name }) {
      deleteRulesOf(tx.db, name);
      deleteApprovalsOf(tx.db, name);
      deleteQuotasOf(tx.db, name);
      deleteTrafficOf(tx.db, name);
      deleteInjectionsOf(tx.db, name);
      recordLastConnections(tx, name, deps.clock());
    },
    nextDueAt: deps.quotas.windowEndsAt,
    fireDue: async () => onRulesChanged(),
    retention: [
      pruneByAge(deps.retention.events_days, (tx, look) => pruneConnections(tx.db, look)),
      pruneByAge(deps.retention.events_days, (tx, look) => pruneApprovals(tx.db, look)),
      // What a quota per month needs, whatever the retention of events.
      pruneByAge(TRAFFIC_DAYS, (tx, look) => pruneTraffic(tx.db, look)),
      pruneByAge(COUNTER_DAYS, (tx, look) => pruneCounters(tx.db, look)),
    ],
    onEvent({ kind, agent }) {
      // The role may be another one now.
      if (kind === 'agent.changed') onRulesChanged();
      if (kind === 'turn.finished' && agent !== null) void endTurn(agent).catch(deps.onError);
    },
  } satisfies Module;
}
