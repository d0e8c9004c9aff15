/** A reading of both clocks, in milliseconds. */
export interface Reading {
  /** The wall clock, which can be set. */
  wall: number;
  /** The monotonic clock. */
  steady: number;
}

/** How time passed between two readings. */
export type TimePassed =
  | { kind: 'as_usual' }
  /** The wall clock was set (or the machine slept): it advanced by `byMs` more than the monotonic clock. */
  | { kind: 'jumped'; byMs: number }
  /** hived itself did not run for this long: stopped, starved, or blocked. */
  | { kind: 'stalled'; forMs: number };

/** Slewing a clock makes a far smaller difference; setting it, a larger one. */
const JUMP_MS = 2_000;
/** A busy machine is late by less than this. */
const STALL_MS = 5_000;

/** Classifies two readings that should be `apartMs` apart at most. */
export function judgeTime(before: Reading, now: Reading, apartMs: number): TimePassed {
  const passedMs = now.steady - before.steady;
  const byMs = now.wall - before.wall - passedMs;
  if (Math.abs(byMs) > JUMP_MS) return { kind: 'jumped', byMs };
  if (passedMs > apartMs + STALL_MS) return { kind: 'stalled', forMs: passedMs };
  return { kind: 'as_usual' };
}
