import { backoffMs } from '../../../../system/backoff.ts';

/** What is known about the engine at one look. Times in milliseconds. */
export interface EngineFacts {
  readonly answered: boolean;
  /** Since it answered last, or since hived began to look. */
  readonly awayMs: number;
  /** The config says `engine.start: auto`. */
  readonly mayStart: boolean;
  readonly isRoot: boolean;
  /** A service manager runs on this machine: the engine is its affair. */
  readonly serviceManager: boolean;
  /** A dockerd that lives, though it does not answer: it is coming up, or it hangs. */
  readonly livePid: number | null;
  /** Starts since the engine answered last, and how long ago the last one was. */
  readonly starts: number;
  readonly sinceStartMs: number;
}

/** What to do about it. `lost` says whether it is time to tell that the engine is away. */
export type EngineDecision =
  | { readonly do: 'nothing' }
  | { readonly do: 'wait'; readonly lost: boolean; readonly why: string }
  | { readonly do: 'start' };

/** An engine that is restarted by its service manager is away for about so long. */
const LOST_MS = 3_000;
const DELAYS = { firstMs: 2_000, maxMs: 60_000 };

/**
 * Whether hived starts the container engine itself: only when it stays away, hived may and can, and
 * nobody else takes care of it. A start that did not help is repeated after 2 s, 4 s, … 60 s.
 */
export function decideEngine(facts: EngineFacts): EngineDecision {
  if (facts.answered) return { do: 'nothing' };
  if (facts.awayMs < LOST_MS) return { do: 'wait', lost: false, why: 'it may be back at once' };
  const wait = (why: string): EngineDecision => ({ do: 'wait', lost: true, why });
  if (facts.livePid !== null) return wait(`dockerd (process ${facts.livePid}) runs and does not answer`);
  if (!facts.mayStart) return wait('the configuration says engine.start: never');
  if (!facts.isRoot) return wait('only root can start it');
  if (facts.serviceManager) return wait('the service manager of this machine takes care of it');
  // Whole: a machine has one engine, and nobody else starts it.
  const delayMs = facts.starts === 0 ? 0 : backoffMs(facts.starts, DELAYS, 0);
  return facts.sinceStartMs < delayMs ? wait('its last start failed') : { do: 'start' };
}
