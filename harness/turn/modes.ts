import type { HarnessState } from '../../protocol/schemas/harness.ts';

/** One mode of the engine: which modes may follow, and the state that hived, `hivectl ps` and the page are told. */
interface ModeRow {
  readonly next: readonly Mode[];
  readonly tells: HarnessState['state'] | null;
}

export type Mode =
  /** hived has not answered the first hello yet. */
  | 'greeting'
  /** No turn runs; the harness asks hived for one. */
  | 'idle'
  /** A turn was offered; its box is prepared and its prompt composed. */
  | 'waking'
  /** The driver runs. */
  | 'running'
  /** The driver has ended; the outcome is reported to hived. */
  | 'finishing'
  /** hived fails on every report of the turn: no request is made for a while. */
  | 'paused'
  /** Waiting until a time, by the cause of the last turn's end. A turn that hived offers is accepted all the same. */
  | Aside
  /** The signal aborted: the driver is being ended. */
  | 'stopping';
export type Aside = 'parked' | 'needs_login' | 'outage' | 'starved' | 'budget' | 'backing_off';

const AFTER_TURN: readonly Mode[] = [
  'idle',
  'parked',
  'needs_login',
  'outage',
  'starved',
  'budget',
  'backing_off',
  'stopping',
];
const AFTER_ASIDE: readonly Mode[] = ['waking', 'idle', 'stopping'];

/** The engine's transition table. docs/harness.md shows it. */
export const MODES: Readonly<Record<Mode, ModeRow>> = {
  greeting: { next: ['idle', 'stopping'], tells: null },
  idle: { next: ['waking', 'stopping'], tells: 'idle' },
  waking: { next: ['running', 'stopping'], tells: 'working' },
  running: { next: ['finishing', 'stopping'], tells: 'working' },
  finishing: { next: [...AFTER_TURN, 'paused'], tells: 'working' },
  paused: { next: AFTER_TURN, tells: 'working' },
  parked: { next: AFTER_ASIDE, tells: 'rate_limited' },
  needs_login: { next: AFTER_ASIDE, tells: 'needs_login' },
  outage: { next: AFTER_ASIDE, tells: 'outage' },
  starved: { next: AFTER_ASIDE, tells: 'starved' },
  budget: { next: AFTER_ASIDE, tells: 'budget' },
  backing_off: { next: AFTER_ASIDE, tells: 'backing_off' },
  stopping: { next: [], tells: null },
};

/** The mode while waiting for the next turn, by the state after the last one. */
export function modeAfterTurn(state: HarnessState['state']): Mode {
  if (state === 'rate_limited') return 'parked';
  if (state === 'working') throw new Error('no turn ends as "working"');
  return state;
}

/** Which mode the engine is in. */
export interface Modes {
  current(): Mode;
  /** The status reported to hived. Idle until the first mode that reports one. */
  status(): HarnessState;
  /**
   * Changes the mode. A waiting mode with `until` (epoch ms) becomes `idle` at that time by itself. Throws for a
   * change that the table forbids, which is a bug of the engine.
   */
  enter(mode: Mode, why?: { reason: string | null; until: number | null }): void;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Starts in `greeting`. `onStatus` is called when the reported status has changed. */
export function createModes(parts: { now: () => number; onStatus: (status: HarnessState) => void }): Modes {
  let mode: Mode = 'greeting';
  let told: HarnessState | null = null;
  let asideTimer: NodeJS.Timeout | undefined;

  function enter(
    next: Mode,
    why: { reason: string | null; until: number | null } = { reason: null, until: null },
  ): void {
    if (!MODES[mode].next.includes(next)) throw new Error(`the engine does not go from "${mode}" to "${next}"`);
    clearTimeout(asideTimer);
    mode = next;
    if (why.until !== null) {
      const ms = Math.min(Math.max(0, why.until - parts.now()), LONGEST_TIMER_MS);
      asideTimer = setTimeout(() => enter('idle'), ms).unref();
    }
    const { tells } = MODES[next];
    if (tells === null) return;
    const status = { state: tells, ...why };
    const changed = told?.state !== status.state || told.reason !== status.reason || told.until !== status.until;
    told = status;
    if (changed) parts.onStatus(status);
  }

  return { current: () => mode, status: () => told ?? { state: 'idle', reason: null, until: null }, enter };
}
