import { HiveError } from '../../../../protocol/errors.ts';
import type { OpOutput } from '../../../../protocol/op.ts';
import type { hivedOperations } from '../../../../protocol/operations/admin.ts';
import { kindFacts, type ProviderName } from '../../../../protocol/providers.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { ProviderList } from '../providers/provider-list.ts';
import type { BillRequests } from './bill-requests.ts';
import { compareBills } from './policy/compare-bills.ts';
import { spentByUtcDay } from './store/spending.ts';

export interface ReconcileDeps {
  readonly db: Db;
  readonly clock: () => number;
  readonly timeZone: string;
  readonly providerList: Pick<ProviderList, 'require'>;
  readonly bills: Pick<BillRequests, 'ask'>;
}

const DAY_MS = 86_400_000;

/** The hive's figures of the last days (UTC, today included) beside those of the provider. */
export async function reconcileCosts(
  { db, clock, timeZone, providerList, bills }: ReconcileDeps,
  { provider: name, adminKey, days: count }: { provider: ProviderName; adminKey: string; days: number },
): Promise<OpOutput<typeof hivedOperations.reconcileCosts>> {
  const { name: provider, kind } = providerList.require(name);
  if (kindFacts(kind).adminKey === null)
    throw new HiveError('invalid_input', `${provider} is of the kind ${kind}, for which no usage API is known.`);
  const now = clock();
  const from = now - (now % DAY_MS) - (count - 1) * DAY_MS;
  const billed = await bills.ask({ provider, adminKey, from });
  const days = Array.from({ length: count }, (_, index) => new Date(from + index * DAY_MS).toISOString().slice(0, 10));
  return { provider, timeZone, days: compareBills({ counted: spentByUtcDay(db, { provider, from }), billed }, days) };
}
