import { parse } from '@lukeed/ms';

/** A number with its unit; several may follow each other, as in "1h 30m". */
const PART = /\d+(?:\.\d+)? ?[a-z]+/gi;
const WHOLE = /^(?:\d+(?:\.\d+)? ?[a-z]+ ?)+$/i;

/**
 * A duration with units ("90s", "10m", "1h30m", "2 days") in whole seconds; null for any other text, also for a number
 * without a unit.
 */
export function parseDuration(text: string): number | null {
  if (!WHOLE.test(text)) return null;
  let total = 0;
  for (const [part] of text.matchAll(PART)) {
    const ms = parse(part);
    if (ms === undefined) return null;
    total += ms;
  }
  return Math.round(total / 1_000);
}
