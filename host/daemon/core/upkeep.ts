import type { Module } from './module.ts';
import { createPruner, retentionOf } from './retention.ts';
import type { Writer } from './writer.ts';
import { pause } from '../../../system/pause.ts';

const TICK_MS = 1_000;
/**
 * Retention's budget per tick: milliseconds of hived's thread, without commits, and steps. Covers far more rows than
 * a busy hive writes meanwhile.
 */
const PRUNE_MS = 30;
const MOST_PRUNE_STEPS = 500;
/** Pause of retention after a round that found nothing more. */
const PRUNE_REST_MS = 600_000;

/** The budget of an upkeep step, by both clocks. */
export interface TidyBudget {
  /** Epoch ms. */
  now: number;
  /** Monotonic milliseconds, for pauses between rounds. */
  steady: number;
}

export interface UpkeepDeps {
  modules: readonly Module[];
  writer: Writer;
  clock: () => number;
  /** Monotonic milliseconds. */
  steady: () => number;
  onError: (error: unknown, module: string) => void;
}

/**
 * Background work in small steps between sends: retention, and each module's own upkeep. Runs until the signal fires;
 * never rejects.
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
