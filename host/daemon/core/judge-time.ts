/** A reading of both clocks, in milliseconds. */
export interface Reading {
  /** The calendar's clock, which can be set. */
  wall: number;
  /** The clock that only runs forward. */
  steady: number;
}

/** How the time between two readings passed. */
export type TimePassed =
  | { kind: 'as_usual' }
  /** Somebody set the calendar's clock (or the machine slept): it went `byMs` further than time did. */
  | { kind: 'jumped'; byMs: number }
  /** hived itself did not run for this long: stopped, starved, or blocked. */
  | { kind: 'stalled'; forMs: number };

/** A clock that is steered differs by far less; one that is set, by more. */
const JUMP_MS = 2_000;
/** A busy machine is late by less than this. */
const STALL_MS = 5_000;

/** Judges two readings that should be `apartMs` apart at most. */
export function judgeTime(before: Reading, now: Reading, apartMs: number): TimePassed {
  const passedMs = now.steady - before.steady;
  const byMs = now.wall - before.wall - passedMs;
  if (Math.abs(byMs) > JUMP_MS) return { kind: 'jumped', byMs };
  if (passedMs > apartMs + STALL_MS) return { kind: 'stalled', forMs: passedMs };
  return { kind: 'as_usual' };
}
