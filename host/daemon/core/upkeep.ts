import type { Module } from './module.ts';
import { createPruner, retentionOf } from './retention.ts';
import type { Writer } from './writer.ts';
import { pause } from '../../../system/pause.ts';

const TICK_MS = 1_000;
/**
 * What retention may take of each tick: milliseconds of hived's thread, commits not counted, and steps. Far more rows
 * than a busy hive writes meanwhile.
 */
const PRUNE_MS = 30;
const MOST_PRUNE_STEPS = 500;
/** A round of retention that found nothing more rests this long. */
const PRUNE_REST_MS = 600_000;

/** When upkeep is done, by both clocks. */
export interface TidyBudget {
  /** Epoch ms. */
  now: number;
  /** Milliseconds that never run backwards, for pauses between rounds. */
  steady: number;
}

export interface UpkeepDeps {
  modules: readonly Module[];
  writer: Writer;
  clock: () => number;
  /** Milliseconds that never run backwards. */
  steady: () => number;
  onError: (error: unknown, module: string) => void;
}

/**
 * What can wait, in small steps between the sends: retention, and each module's own upkeep. Goes on until the signal
 * fires; never rejects.
 */
export async function keepHouse(deps: UpkeepDeps, signal: AbortSignal): Promise<void> {
  const { modules, clock, steady, onError } = deps;
  const pruner = createPruner({ writer: deps.writer, steady }, retentionOf(modules));
  let pruneAt = 0;

  async function prune(): Promise<void> {
    const { more } = await pruner.prune(clock(), MOST_PRUNE_STEPS, PRUNE_MS);
    if (!more) pruneAt = steady() + PRUNE_REST_MS;
  }

  while (!signal.aborted) {
    for (const module of modules)
      await module.tidy?.({ now: clock(), steady: steady() }).catch((error: unknown) => onError(error, module.name));
    if (steady() >= pruneAt) await prune().catch((error: unknown) => onError(error, 'retention'));
    await pause(TICK_MS, signal);
  }
}
