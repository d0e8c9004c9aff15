import { mayFollow, shownState, STATES, type State } from '../../protocol/agent-states.ts';
import type { HarnessState } from '../../protocol/schemas/harness.ts';
import { TURN_PHASES, type TurnPhase } from '../../protocol/turn-phases.ts';

/** The states of the engine: those of the agent (protocol/agent-states.ts) that it knows itself. It begins as `starting`. */
export type Mode = 'starting' | 'stopping' | TurnPhase | Exclude<HarnessState['state'], 'working'>;

/** Which mode the engine is in. */
export interface Modes {
  current(): Mode;
  /** The step of the running turn; null when none runs. */
  phase(): TurnPhase | null;
  /** The status reported to hived. Idle until the first mode that reports one. */
  status(): HarnessState;
  /**
   * Changes the mode. A waiting mode with `until` (epoch ms) becomes `idle` at that time by itself. A change that the
   * table forbids is a bug of the engine: it is made all the same, and reported to `onBug`.
   */
  enter(mode: Mode, why?: { reason: string | null; until: number | null }): void;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** `onStatus` is called when the reported status has changed. `onBug` logs; a test finds what was logged. */
export function createModes(parts: {
  now: () => number;
  onStatus: (status: HarnessState) => void;
  onBug: (what: string) => void;
}): Modes {
  let mode: Mode = 'starting';
  let told: HarnessState | null = null;
  let asideTimer: NodeJS.Timeout | undefined;

  function enter(
    next: Mode,
    why: { reason: string | null; until: number | null } = { reason: null, until: null },
  ): void {
    if (!mayFollow(mode, next)) parts.onBug(`the engine does not go from "${mode}" to "${next}"`);
    clearTimeout(asideTimer);
    mode = next;
    if (why.until !== null) {
      const ms = Math.min(Math.max(0, why.until - parts.now()), LONGEST_TIMER_MS);
      asideTimer = setTimeout(() => enter('idle'), ms).unref();
    }
    const state = toldState(next);
    if (state === null) return;
    const status = { state, ...why };
    const changed = told?.state !== status.state || told.reason !== status.reason || told.until !== status.until;
    told = status;
    if (changed) parts.onStatus(status);
  }

  return {
    current: () => mode,
    phase: () => phaseOf(mode),
    status: () => told ?? { state: 'idle', reason: null, until: null },
    enter,
  };
}

/** The state that hived is told; null: nothing, because the box tells more. */
export function toldState(mode: Mode): HarnessState['state'] | null {
  if (mode === 'starting' || mode === 'stopping') return null;
  return phaseOf(mode) === null ? (shownState(mode) as HarnessState['state']) : 'working';
}

function phaseOf(mode: Mode): TurnPhase | null {
  return TURN_PHASES.find((phase) => phase === mode) ?? null;
}

/** The engine's part of the table, for its tests. */
export const ENGINE_STATES = (Object.keys(STATES) as State[]).filter((state) => STATES[state].engine);
