import { judgeTime, type Reading, type TimePassed } from './judge-time.ts';
import type { Module } from './module.ts';
import { pause } from '../../../system/pause.ts';

/** The longest sleep of due work, so that clock jumps are noticed soon. */
const LONGEST_NAP_MS = 1_000;
/** How often the fleet is checked even without a notification. */
const ROUND_MS = 15_000;

export interface DueWorkDeps {
  modules: readonly Module[];
  clock: () => number;
  onError: (error: unknown, module: string) => void;
}

export interface RunDueWorkDeps extends DueWorkDeps {
  /** Monotonic milliseconds. */
  steady: () => number;
  /** Called every 15 s, but after a clock jump or stall only once that was noticed. */
  onRound: () => void;
  /** The clock was set, or hived did not run for a while; the modules have been notified. */
  onBrokenTime: (how: TimePassed) => void;
}

/**
 * Work that is due by time, in every module: expired leases, due reminders, expired mail. Everything is read from the
 * store, so that a restart loses nothing. Ends with the signal; the returned promise resolves when the running round
 * is over.
 */
export async function runDueWork(deps: RunDueWorkDeps, signal: AbortSignal): Promise<void> {
  const read = (): Reading => ({ wall: deps.clock(), steady: deps.steady() });
  let last = read();
  let roundAt = last.steady;
  while (!signal.aborted) {
    const now = read();
    const passed = judgeTime(last, now, LONGEST_NAP_MS);
    last = now;
    if (passed.kind !== 'as_usual') {
      for (const module of deps.modules) module.onBrokenTime?.(passed);
      deps.onBrokenTime(passed);
    }
    if (now.steady - roundAt >= ROUND_MS) {
      roundAt = now.steady;
      deps.onRound();
    }
    const next = await fireDueWork(deps, now.wall);
    await pause(Math.min(LONGEST_NAP_MS, next === null ? LONGEST_NAP_MS : Math.max(1, next - deps.clock())), signal);
  }
}

/**
 * Does the work that is due at `now` (epoch ms) in every module; an error in one module does not affect the others.
 * Returns when the next work is due; null when none is.
 */
export async function fireDueWork(deps: DueWorkDeps, now = deps.clock()): Promise<number | null> {
  let next: number | null = null;
  for (const module of deps.modules)
    try {
      if ((module.nextDueAt?.(now) ?? Infinity) <= now) await module.fireDue?.(now);
      const at = module.nextDueAt?.(now) ?? null;
      if (at !== null) next = Math.min(at, next ?? at);
    } catch (error) {
      deps.onError(error, module.name);
    }
  return next;
}
