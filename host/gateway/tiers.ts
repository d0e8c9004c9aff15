import type { Extras } from './protocols/extras.ts';
import type { Tally } from './protocols/tally.ts';

/** The tiers that a call is priced in. */
export interface PricedTiers {
  readonly names: readonly string[];
  /** The answer did not say in which tier it was served, and another than the usual one was asked for. */
  readonly assumed: boolean;
}

/** Who asks for a tier may be served in another, and pays for that one: what the answer says goes before the request. */
export function pricedTiers(asked: Extras['tiers'], { tiers: said = {} }: Pick<Tally, 'tiers'>): PricedTiers {
  const served = Object.values(said).flatMap((tier) => tier ?? []);
  const unsaid = Object.entries(asked).filter(([field]) => !Object.hasOwn(said, field));
  return { names: [...served, ...unsaid.flatMap(([, tiers]) => tiers)], assumed: unsaid.length > 0 };
}
