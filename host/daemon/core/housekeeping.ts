import { setTimeout as delay } from 'node:timers/promises';
import type { Files } from '../modules/files/keep-files.ts';
import type { Pruner } from './prune.ts';
import type { SearchIndex } from '../modules/search/index-search.ts';

const TICK_MS = 1_000;
/** Messages whose words are taken in each tick; what is more waits, and a search takes it in itself. */
const WORDS_A_TICK = 1_000;
/** What retention may take of each tick, in time and in steps: far more rows than a busy hive writes meanwhile. */
const PRUNE_MS = 20;
const MOST_PRUNE_STEPS = 500;
/** A round of retention that found nothing more rests this long. */
const PRUNE_REST_MS = 600_000;
const FILES_EVERY_MS = 60_000;
const FILES_A_STEP = 500;

export interface HousekeepingDeps {
  search: SearchIndex;
  pruner: Pruner;
  files: Files;
  clock: () => number;
  /** Milliseconds that never run backwards. */
  steady: () => number;
  onError: (error: unknown) => void;
}

/**
 * What can wait, in small steps between the sends: words for the search, old messages and events, files that nothing
 * refers to any more. Goes on until the signal fires; never rejects.
 */
export async function keepHouse(deps: HousekeepingDeps, signal: AbortSignal): Promise<void> {
  const { search, pruner, files, clock, steady } = deps;
  let pruneAt = 0;
  let filesAt = steady() + FILES_EVERY_MS;
  await attempt(deps, () => files.sweepStrays());
  while (!signal.aborted) {
    await attempt(deps, () => search.catchUp(WORDS_A_TICK));
    if (steady() >= pruneAt)
      await attempt(deps, async () => {
        const until = steady() + PRUNE_MS;
        const { more } = await pruner.prune(clock(), MOST_PRUNE_STEPS, () => steady() >= until);
        if (!more) pruneAt = steady() + PRUNE_REST_MS;
      });
    if (steady() >= filesAt)
      await attempt(deps, async () => {
        filesAt = steady() + FILES_EVERY_MS;
        await files.collectGarbage(clock(), FILES_A_STEP);
      });
    await delay(TICK_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function attempt(deps: HousekeepingDeps, work: () => Promise<unknown>): Promise<void> {
  await work().catch(deps.onError);
}
