import type { EgressCaller } from '../../../../protocol/egress.ts';
import { HiveError } from '../../../../protocol/errors.ts';
import { OPERATOR, SYSTEM } from '../../../../protocol/names.ts';
import { sayBytes, sayQuota } from '../../../../protocol/quota-words.ts';
import type { EventLog } from '../../core/event-log.ts';
import type { ModuleHandlers } from '../../core/module.ts';
import { attempt } from '../../core/store/attempt.ts';
import type { Tx, Writer } from '../../core/writer.ts';
import { agentOf, isGroup, isKnownCaller, listCallers, requireCaller } from './callers.ts';
import type { MailContext } from '../mail/mail-context.ts';
import { type Quotas, type QuotaState, sayUsedUp } from './quotas.ts';
import { deleteQuota, noteReached, putQuota } from './store/quotas.ts';
import { addTraffic } from './store/traffic.ts';

export interface QuotaHandlerDeps {
  writer: Writer;
  events: EventLog;
  clock: () => number;
  mail: Pick<MailContext, 'post'>;
  quotas: Pick<Quotas, 'statesOf' | 'statesOfAll' | 'windowEndsAt'>;
  /** Sends every agent's rules and quotas to the gateway. */
  onRulesChanged: () => void;
}

/** Quotas of bytes, which the gateway enforces, and its reports of what passed. */
export function handleQuotas(deps: QuotaHandlerDeps) {
  const { writer, events, clock, quotas } = deps;

  /** The operator is told once for each quota and window; a full mailbox of the operator's loses nothing else. */
  function tellReached(tx: Tx, state: QuotaState): void {
    const { agent, per, bytes, used, until } = state;
    if (!noteReached(tx.db, { agent, per, window: state.from, bytes })) return;
    events.append(tx, 'egress.quota_reached', { agent: agentOf(agent), data: { bytes, per, used, until } });
    const body = `${agent} used up its quota of ${sayQuota(state)} of traffic with hosts outside: ${sayBytes(used)}. Its connections are refused until ${new Date(until).toISOString()}. To let it go on: hivectl egress quota ${agent} SIZE --per ${per}`;
    attempt(tx, (inner) => deps.mail.post(inner, { sender: SYSTEM, to: OPERATOR, kind: 'system', body }));
  }

  /** The quotas that an agent has used up. */
  function findReached(tx: Tx, caller: EgressCaller): QuotaState[] {
    return quotas.statesOf(requireCaller(tx.db, caller)).filter(({ used, bytes }) => used >= bytes);
  }

  return {
    operator: {
      async setEgressQuota({ subject, per, bytes }, { caller }) {
        const quota = await writer.write((tx) => {
          if (!isGroup(subject)) requireCaller(tx.db, subject as EgressCaller);
          if (bytes === null && !deleteQuota(tx.db, { subject, per }))
            throw new HiveError('not_found', `There is no quota for ${subject} per ${per}.`, {
              details: { command: 'hivectl egress ls' },
            });
          events.append(tx, 'egress.quota_changed', {
            agent: agentOf(subject),
            data: { subject, per, bytes, by: caller },
          });
          const stored = bytes === null ? null : putQuota(tx.db, { subject, per, bytes, at: clock() });
          // A quota may be set below what is used already: no traffic follows that would tell.
          for (const { name } of listCallers(tx.db)) for (const state of findReached(tx, name)) tellReached(tx, state);
          return stored;
        });
        deps.onRulesChanged();
        return { quota };
      },
    },
    gateway: {
      async reportTraffic({ instance, agents }) {
        const { usedUp, isNews } = await writer.write((tx) => {
          const found: { agent: EgressCaller; words: string }[] = [];
          let news = false;
          for (const { agent, bytes } of agents) {
            if (!isKnownCaller(tx.db, agent)) continue;
            const more = addTraffic(tx.db, { agent, instance, bytes }, clock());
            const reached = findReached(tx, agent);
            const [first] = reached;
            if (first === undefined) continue;
            found.push({ agent, words: sayUsedUp(first) });
            news ||= more > 0;
            if (more > 0) for (const state of reached) tellReached(tx, state);
          }
          return { usedUp: found, isNews: news };
        });
        // The answer is for the instance that reports, which may be one that is about to end; the line for the other one.
        if (isNews) deps.onRulesChanged();
        return { usedUp };
      },
    },
  } satisfies ModuleHandlers;
}
