import type { Extras } from '../protocols/extras.ts';
import { factorOf, type Price, type PriceList } from '../pricing.ts';

const HOLDS = 'and a budget in dollars holds';

/**
 * Why a request cannot pass under a budget in dollars: something that it asks for has a price that is not known. Null
 * when all of it has one. The words are for the agent; the names in them are those of its own request.
 */
export function judgeExtras(
  { models, tiers, searches, uncounted, unread }: Extras,
  { model, prices }: { model: string | null; prices: PriceList },
): string | null {
  if (unread)
    return `A part of this request that may change its price cannot be read, ${HOLDS}: fields that are no JSON, or far too long.`;
  if (uncounted !== null)
    return `${capital(uncounted)} is charged by an amount that answers do not tell, ${HOLDS}. Leave it out.`;
  const unpriced = models.find((name) => prices(name) === null);
  if (unpriced !== undefined)
    return `The request names another model beside its own, "${unpriced}", whose price is not known, ${HOLDS}. Leave it out, or name another one.`;
  const price = prices(model ?? '');
  // The budget itself says so.
  if (price === null) return null;
  const tier = findUnpriced(tiers, price);
  if (tier !== undefined)
    return `No price is known for the tier "${tier}" of this model, ${HOLDS}. Leave the tier out; the operator can give its price in prices.yaml.`;
  if (searches && price.webSearches === null)
    return `No price is known for searches that the provider makes for this model, ${HOLDS}. Leave that tool out; the operator can give the price in prices.yaml.`;
  return null;
}

function findUnpriced(tiers: Extras['tiers'], price: Price): string | undefined {
  return Object.values(tiers)
    .flat()
    .find((tier) => factorOf(price, tier) === null);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
