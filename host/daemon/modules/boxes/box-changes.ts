import { backoffMs } from '../../../../system/backoff.ts';
import type { BoxStatus } from '../../runtime/runtime.ts';
import { PAUSES } from './decide.ts';

/** A keeper's memory of its agent's boxes between two checks, by their ids. */
export interface BoxMemory {
  /** The box that was running at the last check. */
  readonly running: string | null;
  /** The box that is being stopped on purpose. */
  readonly stopping: string | null;
}

/** A change between two checks: a box that somebody else started is running, or one ended by itself. */
export type BoxChange =
  | { readonly kind: 'none' }
  | { readonly kind: 'adopted'; readonly box: BoxStatus }
  /** `box` is null when the engine no longer has it. */
  | { readonly kind: 'ended'; readonly box: BoxStatus | null };

/** Compares the memory with the present boxes. */
export function decideChange(before: BoxMemory, boxes: readonly BoxStatus[]): { change: BoxChange; memory: BoxMemory } {
  const live = boxes.find((box) => box.state === 'running');
  if (before.running === null) {
    if (live === undefined) return { change: { kind: 'none' }, memory: before };
    return { change: { kind: 'adopted', box: live }, memory: { ...before, running: live.id } };
  }
  if (live?.id === before.running) return { change: { kind: 'none' }, memory: before };
  const memory = { running: live?.id ?? null, stopping: null };
  if (before.stopping === before.running) return { change: { kind: 'none' }, memory };
  const ended = boxes.find((box) => box.id === before.running) ?? null;
  return { change: { kind: 'ended', box: ended }, memory };
}

/** A box that ran this long was healthy: the next failure counts as the first. */
const HEALTHY_AFTER_MS = 60_000;
/**
 * A box that ran out of memory may have worked for a while before: only after this long the shortage counts as over.
 */
const FED_AFTER_MS = 15 * 60_000;
/**
 * Backoff after a box that ran out of memory begins at 4 s instead of 0.25 s: repeating its work costs more than a
 * restart.
 */
const STARVED_LATER = 4;

/**
 * The number of consecutive failures after the end of a box, and the pause before the next box. `random` is within
 * [0, 1).
 */
export function decidePause(
  ended: BoxStatus | null,
  facts: { failures: number; random: number },
): { failures: number; waitMs: number } {
  const isStarved = ended !== null && ranOutOfMemory(ended);
  const isHealthy = (ended?.end?.ranMs ?? 0) > (isStarved ? FED_AFTER_MS : HEALTHY_AFTER_MS);
  const count = isHealthy ? 1 : facts.failures + 1;
  return { failures: count, waitMs: backoffMs(count + (isStarved ? STARVED_LATER : 0), PAUSES, facts.random) };
}

/** Describes to people how a box ended. */
export function describeExit(ended: BoxStatus | null): string {
  if (ended === null) return 'its box is gone';
  if (ranOutOfMemory(ended)) return `its box ran out of memory (${ended.end?.memoryMb ?? 0} MB) and was killed`;
  return `its box ended with exit code ${ended.end?.exitCode ?? 'unknown'}`;
}

/**
 * The engine's mark stays on a box in which only one command was killed; the box itself died of it only if it ended
 * by SIGKILL.
 */
export function ranOutOfMemory({ end }: BoxStatus): boolean {
  return end !== null && end.oomKilled && end.exitCode === 137;
}
