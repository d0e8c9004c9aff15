import { EGRESS_PRESETS, type EgressCaller, PRESET_NAMES } from '../../../../protocol/egress.ts';
import { HiveError } from '../../../../protocol/errors.ts';
import type { EgressRuleView } from '../../../../protocol/schemas/egress.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { AgentMemory } from '../../core/agent-memory.ts';
import type { EventLog } from '../../core/event-log.ts';
import type { ModuleHandlers, OperatorCaller } from '../../core/module.ts';
import type { Writer } from '../../core/writer.ts';
import { agentOf, isKnownCaller, requireCaller } from './callers.ts';
import { recordChange, requireFitting, storeRule } from './change-rules.ts';
import type { Quotas } from './quotas.ts';
import { turnAt } from '../turns/queries.ts';
import { capConnections, insertConnection, listConnections, wasRefused } from './store/connections.ts';
import { deleteOpenConnection, insertOpenConnection } from './store/open-connections.ts';
import { listInjections } from './store/injections.ts';
import { listQuotas } from './store/quotas.ts';
import { deleteRule, endOnceRule, listRules, type NewRule } from './store/egress-rules.ts';

export interface EgressHandlerDeps {
  db: Db;
  writer: Writer;
  events: EventLog;
  clock: () => number;
  memory: AgentMemory;
  quotas: Pick<Quotas, 'statesOfAll'>;
  /** Sends every agent's rules and quotas to the gateway. */
  onRulesChanged: () => void;
}

/** Rows of connections that are kept of one agent. */
const MOST_CONNECTIONS = 10_000;
/**
 * Events of refusals by one agent at once, and the interval at which one more is written: a box may ask for any number of
 * names, of which the list of connections keeps the newest.
 */
const NEWS = { burst: 100, everyMs: 30_000 };
/** Connections in one answer. */
const MOST_LISTED = 1_000;

export function handleEgress(deps: EgressHandlerDeps) {
  const { db, writer, events, clock } = deps;
  const news = deps.memory.keep<{ left: number; at: number }, EgressCaller>('news of refused connections');

  function mayTell(agent: EgressCaller): boolean {
    const now = clock();
    const { left, at } = news.get(agent) ?? { left: NEWS.burst, at: now };
    const ready = Math.min(NEWS.burst, left + Math.max(0, now - at) / NEWS.everyMs);
    news.set(agent, { left: ready >= 1 ? ready - 1 : ready, at: now });
    return ready >= 1;
  }

  async function put(rule: Omit<NewRule, 'at'>, by: OperatorCaller): Promise<{ rule: EgressRuleView }> {
    requireFitting(db, rule);
    const stored = await writer.write((tx) => storeRule(tx, { ...rule, at: clock() }, { events, by }));
    deps.onRulesChanged();
    return { rule: stored };
  }

  return {
    operator: {
      allowEgress: ({ subject, target, term, methods = null, address = null }, { caller }) =>
        put({ subject, target, kind: null, verdict: 'allow', term, methods, address }, caller),
      denyEgress: ({ subject, target, term }, { caller }) =>
        put({ subject, target, kind: null, verdict: 'deny', term, methods: null, address: null }, caller),
      async removeEgress({ id }, { caller }) {
        const rule = await writer.write((tx) => {
          const row = deleteRule(tx.db, id);
          if (row !== null) recordChange(tx, row, { events, verdict: 'removed', by: caller });
          return row;
        });
        if (rule === null)
          throw new HiveError('not_found', `There is no rule ${id}.`, { details: { command: 'hivectl egress ls' } });
        deps.onRulesChanged();
        return { rule };
      },
      listEgress: () => ({
        rules: listRules(db),
        presets: PRESET_NAMES.map((name) => ({ name, hosts: [...EGRESS_PRESETS[name]] })),
        quotas: listQuotas(db),
        injections: listInjections(db),
        traffic: deps.quotas.statesOfAll(),
      }),
      listConnections({ agent = null, before = null, limit }) {
        if (agent !== null) requireCaller(db, agent);
        return { connections: listConnections(db, { agent, before, limit: Math.min(limit, MOST_LISTED) }) };
      },
    },
    gateway: {
      async reportConnections({ instance, started, records }) {
        const { stored, ended } = await writer.write((tx) => {
          let count = 0;
          let isEnded = false;
          for (const connection of started) {
            const { agent, rule, startedAt } = connection;
            if (!isKnownCaller(tx.db, agent)) continue;
            // Without the name of a gateway whose end is detected, nothing would ever close them.
            if (instance !== undefined)
              insertOpenConnection(tx.db, connection, { instance, turn: turnAt(tx.db, agent, startedAt) });
            // Now, and not when it ends: a gateway that dies would leave the rule for a second connection.
            if (rule !== null && endOnceRule(tx.db, rule)) isEnded = true;
          }
          for (const record of records) {
            const { agent, host, port, rule } = record;
            deleteOpenConnection(tx.db, record.id);
            if (!isKnownCaller(tx.db, agent)) continue;
            const turn = turnAt(tx.db, agent, record.startedAt);
            const isNews = record.verdict === 'refused' && !wasRefused(tx.db, { agent, host, turn });
            if (!insertConnection(tx.db, record, turn)) continue;
            count += 1;
            if (rule !== null && endOnceRule(tx.db, rule)) isEnded = true;
            if (isNews && mayTell(agent))
              events.append(tx, 'egress.refused', {
                agent: agentOf(agent),
                data: { turn, host, port, why: record.why ?? '' },
              });
          }
          for (const agent of new Set(records.map((record) => record.agent)))
            capConnections(tx.db, agent, MOST_CONNECTIONS);
          return { stored: count, ended: isEnded };
        });
        if (ended) deps.onRulesChanged();
        return { stored };
      },
    },
  } satisfies ModuleHandlers;
}
