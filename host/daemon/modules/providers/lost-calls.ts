import type { EventLog } from '../../core/event-log.ts';
import type { OpenWork } from '../../core/gateway-instances.ts';
import { addUsage, agentExists } from '../agents/queries.ts';
import type { Money } from '../money/serve-money.ts';
import { addCallToTurn } from '../stats/queries.ts';
import { deleteOpenCall, insertModelCall, openCallsOf, openInstances } from './store/model-calls.ts';

/**
 * Calls to models under way. One whose gateway dies is recorded with an unknown cost, because the provider bills it and
 * nobody read the amount.
 */
export function recordLostCalls(deps: {
  events: EventLog;
  clock: () => number;
  money: Pick<Money, 'count' | 'push'>;
}): OpenWork {
  const { events, clock } = deps;
  return {
    instances: openInstances,
    close(tx, instance) {
      const usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: null };
      tx.after(deps.money.push);
      for (const { turn, reservedUsd, reservedTokens, ...call } of openCallsOf(tx.db, instance)) {
        const standing = deleteOpenCall(tx.db, call.id);
        const record = {
          ...call,
          model: 'unknown',
          endedAt: clock(),
          status: 0,
          usage,
          reasoningTokens: 0,
          cacheWrite1hTokens: 0,
          estimated: false,
          // Money that may be spent: budgets count what was reserved for it.
          counted: { usd: reservedUsd, tokens: reservedTokens },
          call: 0,
        };
        if (!insertModelCall(tx.db, record, turn)) continue;
        if (turn !== null) addCallToTurn(tx.db, turn, record);
        if (standing !== null) deps.money.count(tx, [{ record, place: { turn, standing } }]);
        if (!agentExists(tx.db, call.agent)) continue;
        addUsage(tx.db, call.agent, usage);
        const { provider } = call;
        const data = {
          turn,
          provider,
          model: record.model,
          usage,
          status: 0,
          reasoningTokens: 0,
          estimated: false,
          lost: true,
        };
        events.append(tx, 'usage.recorded', { agent: call.agent, data });
      }
    },
  };
}
