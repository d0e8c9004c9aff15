import type { gatewayReportSurface } from '../../../../protocol/operations/services.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { Handlers } from '../../../../wire/routes.ts';
import type { EventLog } from '../../core/event-log.ts';
import type { EndedCall } from '../money/count-spending.ts';
import type { Money } from '../money/serve-money.ts';
import type { EntryStates } from './entry-states.ts';
import type { GatewayMoments } from './gateway-moments.ts';
import type { KnownLimits } from './known-limits.ts';
import type { ProviderState } from './provider-state.ts';
import type { ProviderTests } from './provider-tests.ts';
import { addUsage, agentExists } from '../agents/queries.ts';
import { deleteOpenCall, insertModelCall, insertOpenCall } from './store/model-calls.ts';
import { addCallToTurn } from '../stats/queries.ts';
import { turnAt } from '../turns/queries.ts';
import type { Writer } from '../../core/writer.ts';

export interface UsageHandlerDeps {
  db: Db;
  writer: Writer;
  events: EventLog;
  providers: Pick<ProviderState, 'hear' | 'hearCall' | 'hearKeyLimit' | 'hearLimit'>;
  providerTests: Pick<ProviderTests, 'hear'>;
  entryStates: Pick<EntryStates, 'hear'>;
  gatewayMoments: Pick<GatewayMoments, 'hear'>;
  limits: Pick<KnownLimits, 'hear'>;
  /** What calls cost, and budgets. */
  money: Pick<Money, 'count' | 'standingOf' | 'storedUpTo' | 'hearStop'>;
}

/**
 * Handlers of the gateway's reports: calls that begin, and calls that ended, counted once each and attributed to
 * their turn; limits of an agent; whether a provider is reachable and accepts its key.
 */
export function handleUsage(
  deps: UsageHandlerDeps,
): Omit<
  Handlers<typeof gatewayReportSurface, 'gateway'>,
  'reportConnections' | 'reportTraffic' | 'askEgress' | 'reportLogin' | 'reportBill'
> {
  return {
    reportUsage: async ({ instance, started, records }) => ({
      stored: await deps.writer.write((tx) => {
        const ended: EndedCall[] = [];
        // Without the name of a gateway whose end is detected, nothing would ever close them.
        if (instance !== undefined)
          for (const call of started) {
            const { role, above, projects } = deps.money.standingOf(tx.db, call.agent);
            insertOpenCall(tx.db, call, {
              instance,
              turn: turnAt(tx.db, call.agent, call.startedAt),
              role,
              above,
              projects,
            });
          }
        for (const record of records) {
          const began = deleteOpenCall(tx.db, record.id);
          const turn = turnAt(tx.db, record.agent, record.startedAt);
          if (!insertModelCall(tx.db, record, turn)) continue;
          if (turn !== null) addCallToTurn(tx.db, turn, record);
          const standing = began ?? deps.money.standingOf(tx.db, record.agent);
          ended.push({ record, place: { turn, standing } });
          deps.providers.hearCall(tx, record);
          if (!agentExists(tx.db, record.agent)) continue;
          addUsage(tx.db, record.agent, record.usage);
          const { provider, model, insteadOf, usage, status, reasoningTokens, estimated } = record;
          const instead = insteadOf === undefined ? {} : { insteadOf };
          deps.events.append(tx, 'usage.recorded', {
            agent: record.agent,
            data: { turn, provider, model, ...instead, usage, status, reasoningTokens, estimated, lost: false },
          });
        }
        deps.money.count(tx, ended);
        const newest = records.at(-1)?.call ?? 0;
        tx.after(() => deps.money.storedUpTo(instance, newest));
        return ended.length;
      }),
    }),
    async reportKey(report) {
      await deps.providers.hear(report);
      return {};
    },
    async reportLimit(report) {
      deps.providers.hearKeyLimit(report);
      if (report.isOfKeyOnly) return {};
      // A report may come after the agent it is about is gone.
      if (agentExists(deps.db, report.agent)) deps.limits.hear(report);
      await deps.providers.hearLimit(report);
      return {};
    },
    async reportBudgetStop(stop) {
      await deps.money.hearStop(stop);
      return {};
    },
    reportEntries(report) {
      deps.entryStates.hear(report);
      return {};
    },
    reportMoment(report) {
      deps.gatewayMoments.hear(report);
      return {};
    },
    reportTest(report) {
      deps.providerTests.hear(report);
      return {};
    },
  };
}
