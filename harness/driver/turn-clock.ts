import type { Activity } from './driver.ts';
import type { RunningTool } from './running-tools.ts';

/** Which limit of a turn was reached. */
export type ClockEnd =
  /** The turn reached its time-out. */
  | 'timed_out'
  /** No valid line came after input to the program. */
  | 'mute'
  /** The program was silent for too long while no tool was running. */
  | 'silent';

/** The limits of a turn. All times are in milliseconds. */
export interface ClockParts {
  readonly now: () => number;
  readonly timeoutMs: number;
  /** How long a program may take to react to input; null: as long as it may be silent. */
  readonly firstLineMs: number | null;
  readonly silentMs: number;
  readonly runningTool: () => RunningTool | null;
  /** When this box last received bytes from the provider (epoch ms): a long answer is no silence. */
  readonly providerHeardAt: () => number;
  /** May be called more than once. */
  readonly onEnd: (end: ClockEnd) => void;
}

export interface TurnClock {
  /** The program got input: it should react within `firstLineMs`. */
  expectLine(): void;
  /** A valid line was read. */
  hear(): void;
  /** Number of valid lines. */
  heard(): number;
  /** Calls `act` after `ms`, unless the turn is over by then. */
  after(ms: number, act: () => void): void;
  activity(): Activity;
  /** The turn is over: cancels all timers. */
  stop(): void;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Starts the clock of a turn. Silence counts from the first line on, or from the start where there is no
 * `firstLineMs`.
 */
export function startTurnClock(parts: ClockParts): TurnClock {
  const timers = new Set<NodeJS.Timeout>();
  let heard = 0;
  let heardAt = parts.now();

  function after(ms: number, act: () => void): void {
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        act();
      },
      Math.min(ms, LONGEST_TIMER_MS),
    );
    timers.add(timer);
  }

  function activity(): Activity {
    const tool = parts.runningTool();
    return { tool, quietSince: Math.max(heardAt, tool === null ? parts.providerHeardAt() : 0) };
  }

  function watchSilence(): void {
    const { tool, quietSince } = activity();
    const left = tool === null ? quietSince + parts.silentMs - parts.now() : parts.silentMs;
    if (left > 0) after(left, watchSilence);
    else parts.onEnd('silent');
  }

  after(parts.timeoutMs, () => parts.onEnd('timed_out'));
  if (parts.firstLineMs === null) watchSilence();
  return {
    expectLine: () => {
      const soFar = heard;
      if (parts.firstLineMs !== null) after(parts.firstLineMs, () => heard === soFar && parts.onEnd('mute'));
    },
    hear: () => {
      heard += 1;
      heardAt = parts.now();
      if (heard === 1 && parts.firstLineMs !== null) watchSilence();
    },
    heard: () => heard,
    after,
    activity,
    stop: () => {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}

export function sayMs(ms: number): string {
  return ms < 60_000 ? `${ms} ms` : `${Math.round(ms / 60_000)} min`;
}
