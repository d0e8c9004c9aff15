import type { HarnessState } from '../../protocol/schemas/harness.ts';
import type { TurnPhase } from '../../protocol/turn-phases.ts';
import type { HiveClient } from './hive-client.ts';

/** The content of a heartbeat, computed anew each time. */
export interface Pulse {
  turn: number | null;
  fence: number | null;
  status: HarnessState;
  /** The step of the running turn. */
  phase?: TurnPhase;
  rssBytes: number | null;
  cliRssBytes: number | null;
}

/** Handlers of hived's answers about the running turn. */
interface PulseHandlers {
  read: () => Promise<Pulse>;
  /** hived no longer counts this turn as running. */
  onTurnLost: (turn: number) => void;
  /** The operator wants this turn interrupted. */
  onInterrupt: (turn: number) => void;
}

/** Milliseconds between heartbeats without a turn; also the delay until hived notices a silent harness. */
const IDLE_BEAT_MS = 10_000;
/** Maximum interval while a turn runs: the operator's request to interrupt comes with the answer. */
const TURN_BEAT_MS = 3_000;

/** Milliseconds until the next heartbeat: well within the lease. */
export function beatEveryMs(leaseMs: number, turnRuns: boolean): number {
  return turnRuns ? Math.min(TURN_BEAT_MS, Math.max(20, Math.floor(leaseMs / 3))) : IDLE_BEAT_MS;
}

/**
 * Sends heartbeats until stopped. `beat()` sends one now (a state changed). A failed heartbeat is not repeated: the
 * next one carries the state of its own time.
 */
export function startHeartbeat(
  hive: HiveClient,
  options: { bootId: string; leaseMs: () => number; handlers: PulseHandlers },
) {
  const { bootId, leaseMs, handlers } = options;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let sending: Promise<void> | null = null;
  let again = false;

  async function sendOne(): Promise<boolean> {
    const pulse = await handlers.read();
    try {
      const answer = await hive.call('heartbeat', { bootId, ...pulse }, { timeoutMs: 10_000 });
      if (pulse.turn !== null && !answer.turnIsYours) handlers.onTurnLost(pulse.turn);
      if (pulse.turn !== null && answer.interrupt) handlers.onInterrupt(pulse.turn);
    } catch {
      // hived is down, or wants another hello: the wake loop notices both and reacts.
    }
    return pulse.turn !== null;
  }

  function beat(): void {
    if (stopped) return;
    if (sending !== null) {
      again = true;
      return;
    }
    clearTimeout(timer);
    again = false;
    sending = beatOnce();
  }

  async function beatOnce(): Promise<void> {
    const turnRuns = await sendOne().catch(() => false);
    sending = null;
    if (stopped) return;
    if (again) beat();
    else timer = setTimeout(beat, beatEveryMs(leaseMs(), turnRuns));
  }

  return {
    beat,
    async stop(): Promise<void> {
      stopped = true;
      clearTimeout(timer);
      await sending;
    },
  };
}
