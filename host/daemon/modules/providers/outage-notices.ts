import type { UsageRecord } from '../../../../protocol/schemas/service.ts';
import type { EventLog } from '../../core/event-log.ts';
import type { Tx } from '../../core/writer.ts';
import { decideOutage, sayFailure } from './outage.ts';
import { outageOf, storeOutage } from './provider-facts.ts';
import type { Provider } from './provider-list.ts';

/**
 * Handles a call to a provider, in the transaction that stores it: notifies the operator once of an outage, and once of
 * its end.
 */
export function createOutageNotices(deps: { events: EventLog; tellOperator: (tx: Tx, body: string) => void }) {
  return (tx: Tx, provider: Provider, { status, endedAt }: Pick<UsageRecord, 'status' | 'endedAt'>): void => {
    const before = outageOf(tx.db, provider.id);
    const step = decideOutage(before, { status, endedAt });
    if (step.outage !== before) storeOutage(tx, provider.id, step.outage);
    if (step.tell === 'away' && step.outage !== null) {
      const { since } = step.outage;
      deps.events.append(tx, 'provider.away', { data: { provider: provider.name, status, since } });
      deps.tellOperator(
        tx,
        `The model provider ${provider.name} has been out of order or out of reach since ${new Date(since).toISOString()}: ${sayFailure(status)}. Agents try again after growing pauses; their mail waits, nothing of it is given up for this. You will be told when it answers again.`,
      );
    }
    if (step.tell === 'back' && before !== null) {
      // The time of recovery is unknown: there may have been no call for hours.
      deps.events.append(tx, 'provider.back', { data: { provider: provider.name, lastFailureAt: before.last } });
      deps.tellOperator(
        tx,
        `The model provider ${provider.name} answers again. Its last failure was at ${new Date(before.last).toISOString()}.`,
      );
    }
  };
}
