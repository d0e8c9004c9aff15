import { HiveError } from '../../../../protocol/errors.ts';
import { findPrice } from '../../../../protocol/find-price.ts';
import type { OpOutput } from '../../../../protocol/op.ts';
import type { moneyOperations } from '../../../../protocol/operations/money.ts';
import { DEMO, type ProviderName } from '../../../../protocol/providers.ts';
import type { PriceRow } from '../../../../protocol/schemas/price.ts';
import { providerName } from '../../../../protocol/schemas/provider.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { ModelMap } from '../../config/model-map.ts';
import type { ProviderList } from '../providers/provider-list.ts';
import { calledModels } from './store/spending.ts';

export interface PriceDeps {
  readonly db: Db;
  readonly clock: () => number;
  readonly prices: readonly PriceRow[];
  readonly providerList: Pick<ProviderList, 'all' | 'find' | 'require'>;
  readonly models: ModelMap;
}

/** Models that were called in this time are listed. */
const USED_MS = 31 * 24 * 60 * 60_000;

/** The prices of models: of one, or of those in use. */
export function listPrices(
  { db, clock, prices, providerList, models }: PriceDeps,
  { provider, model }: { provider?: ProviderName | undefined; model?: string | undefined },
): OpOutput<typeof moneyOperations.listPrices> {
  if ((provider === undefined) !== (model === undefined))
    throw new HiveError('invalid_input', 'A model is named with its provider: give both, or neither.');
  const priced = (of: { provider: string; model: string }) => {
    const name = providerName.parse(of.provider);
    const kind = providerList.find(name)?.kind ?? null;
    return { provider: name, model: of.model, row: findPrice(prices, { provider: name, kind, model: of.model }) };
  };
  const named = new Set<string>(providerList.all().flatMap(({ name, kind }): string[] => [name, kind]));
  const rows = prices.filter((row) => named.has(row.provider));
  if (provider !== undefined && model !== undefined) {
    providerList.require(provider);
    return { models: [priced({ provider, model })], rows };
  }
  const called = calledModels(db, clock() - USED_MS).filter((one) => one.provider !== DEMO);
  const used = new Map([...[...models.values()].flat(), ...called].map((one) => [`${one.provider}/${one.model}`, one]));
  const inOrder = [...used].toSorted(([a], [b]) => a.localeCompare(b));
  return { models: inOrder.map(([, one]) => priced(one)), rows };
}
