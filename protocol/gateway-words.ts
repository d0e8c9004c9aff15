/** This file has no schemas, so that the page can import it. */

/** A limit in a few words. */
export function sayLimit(kind: 'rate' | 'quota' | 'overloaded'): string {
  return { rate: 'rate limit', quota: 'quota used up', overloaded: 'overloaded' }[kind];
}

/** Why an entry of a model's list answers, or does not. */
export const ENTRY_STATES = {
  ready: 'ready',
  limited: 'under a limit',
  failing: 'calls failed lately',
  refused: 'its key is refused',
  no_key: 'no key',
  demo: 'no key: the demo model stands in',
  not_told: 'not known yet',
  unknown: 'the gateway does not answer',
} as const;
