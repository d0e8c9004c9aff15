import { backoffMs } from '../../../../system/backoff.ts';

/** The state of the engine at one check. Times in milliseconds. */
export interface EngineFacts {
  readonly answered: boolean;
  /** Since its last answer, or since hived's first check. */
  readonly awayMs: number;
  /** The config says `engine.start: auto`. */
  readonly mayStart: boolean;
  readonly isRoot: boolean;
  /** A service manager runs on this machine and is responsible for the engine. */
  readonly serviceManager: boolean;
  /** A live dockerd, though it does not answer: it is starting, or it hangs. */
  readonly livePid: number | null;
  /** Starts since the engine's last answer, and the time since the last start. */
  readonly starts: number;
  readonly sinceStartMs: number;
}

/** The decision. `lost` is true when the engine's absence is to be reported. */
export type EngineDecision =
  | { readonly do: 'nothing' }
  | { readonly do: 'wait'; readonly lost: boolean; readonly why: string }
  | { readonly do: 'start' };

/** The usual absence of an engine that its service manager restarts. */
const LOST_MS = 3_000;
const DELAYS = { firstMs: 2_000, maxMs: 60_000 };

/**
 * Whether hived starts the container engine itself: only when it stays away, hived may and can, and nothing else is
 * responsible for it. An unsuccessful start is repeated after 2 s, 4 s, … 60 s.
 */
export function decideEngine(facts: EngineFacts): EngineDecision {
  if (facts.answered) return { do: 'nothing' };
  if (facts.awayMs < LOST_MS) return { do: 'wait', lost: false, why: 'it may be back at once' };
  const wait = (why: string): EngineDecision => ({ do: 'wait', lost: true, why });
  if (facts.livePid !== null) return wait(`dockerd (process ${facts.livePid}) runs and does not answer`);
  if (!facts.mayStart) return wait('the configuration says engine.start: never');
  if (!facts.isRoot) return wait('only root can start it');
  if (facts.serviceManager) return wait('the service manager of this machine takes care of it');
  // Without jitter: a machine has one engine, and nothing else starts it.
  const delayMs = facts.starts === 0 ? 0 : backoffMs(facts.starts, DELAYS, 0);
  return facts.sinceStartMs < delayMs ? wait('its last start failed') : { do: 'start' };
}
