import type { ProviderKind } from './providers.ts';
import type { PriceRow } from './schemas/price.ts';

/** A version of a model: a date, a number of three digits or "latest"; and a context window. All cost the same. */
const VERSION = /^(?:-latest|-\d{8}|-\d{4}-\d{2}-\d{2}|-\d{3})?(?:\[\w{1,16}\])?$/;

/** A model's name without what only names a version of it. */
export function baseModel(model: string): string {
  return model.replace(/(?:-latest|-\d{8}|-\d{4}-\d{2}-\d{2}|-\d{3})?(?:\[\w{1,16}\])?$/, '');
}

/**
 * The price of a model at a provider; null when none is known. The hive's own list is asked before the shipped one, in
 * each the provider by its name before its kind, and among those rows a name before beginnings of names, a longer one
 * before a shorter one.
 */
export function findPrice(
  rows: readonly PriceRow[],
  of: { provider: string; kind: ProviderKind | null; model: string },
): PriceRow | null {
  for (const origin of ['own', 'shipped'] as const)
    for (const provider of [of.provider, of.kind]) {
      const fitting = rows.filter((row) => row.origin === origin && row.provider === provider && fits(row, of.model));
      const [best] = fitting.toSorted((a, b) => weigh(b) - weigh(a));
      if (best !== undefined) return best;
    }
  return null;
}

/** Whether a row names one model, and not all whose names begin alike. */
export function isOneModel({ models }: Pick<PriceRow, 'models'>): boolean {
  return !models.endsWith('*');
}

function fits({ models }: PriceRow, model: string): boolean {
  if (models.endsWith('*')) return model.startsWith(models.slice(0, -1));
  return model.startsWith(models) && VERSION.test(model.slice(models.length));
}

function weigh(row: PriceRow): number {
  return row.models.length + (isOneModel(row) ? 1_000 : 0);
}
