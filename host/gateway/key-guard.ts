import type { KeyReport } from '../../protocol/schemas/service.ts';
import { backoffMs } from '../../system/backoff.ts';
import type { Refusal } from './protocols/protocol.ts';

/**
 * What the provider thinks of one key:
 *
 *   unknown / accepted ── refused, or forbidden twice in a row ──► refused ── a call that gets through ──► accepted
 *
 * While the key itself is refused (mostly 401) the gateway answers the boxes itself, and lets one call pass as a probe now
 * and then. A forbidden call (mostly 403) may concern only one model or one request: it is reported, but blocks no call.
 */
export interface KeyGuard {
  /** Whether the key is refused; lets no call pass. */
  isRefused(): boolean;
  /** Whether calls are blocked. A caller that is not blocked must report the answer it got. */
  bars(): boolean;
  /** The same without a call: whether one that came now would be blocked. */
  isBarred(): boolean;
  /** Handles the status of a provider's answer, and the protocol's reading of it about the key. */
  hear(status: number, refusal: Refusal | null): void;
  /** Handles the answer to a free call: it shows that the key is known, not that it may call a model. */
  hearTest(status: number, refusal: Refusal | null): void;
  /** Another key is in use: answers to calls with this one are no longer reported. */
  retire(): void;
  /** What a late answer says of the account says nothing of the one that has its label now. */
  isRetired(): boolean;
}

/** Between probes. Whole: a hive has one gateway, and nobody else probes its key. */
const PROBES = { firstMs: 60_000, maxMs: 10 * 60_000 };

export function createKeyGuard(deps: {
  now: () => number;
  tell: (report: Pick<KeyReport, 'state' | 'status'>) => void;
}): KeyGuard {
  // The first success is reported too: hived may still have the state of an older key or gateway.
  let told: KeyReport['state'] | null = null;
  let barred = false;
  let forbidden = 0;
  let refusals = 0;
  let probeAt = 0;
  let retired = false;

  function refuse(status: number): void {
    refusals += 1;
    barred = true;
    probeAt = deps.now() + backoffMs(refusals, PROBES, 0);
    tell('refused', status);
  }

  function tell(state: KeyReport['state'], status: number): void {
    if (told !== state && !retired) deps.tell({ state, status });
    told = state;
  }

  function accept(status: number): void {
    tell('accepted', status);
    barred = false;
    forbidden = 0;
    refusals = 0;
  }

  const isBarred = () => barred && deps.now() < probeAt;

  return {
    isRefused: () => barred,
    isBarred,
    bars() {
      if (!barred) return false;
      if (isBarred()) return true;
      // One probe at a time; a probe that never ends is followed by another.
      probeAt = deps.now() + backoffMs(refusals, PROBES, 0);
      return false;
    },
    hear(status, refusal) {
      if (refusal === 'refused') return refuse(status);
      if (refusal === 'forbidden') {
        forbidden += 1;
        if (forbidden > 1) tell('refused', status);
        return;
      }
      // Any other status (a limit, an outage, a bad request) says nothing about the key.
      if (status < 300) accept(status);
    },
    hearTest(status, refusal) {
      if (refusal === 'refused') refuse(status);
      else if (status < 300 && barred) accept(status);
    },
    retire() {
      retired = true;
    },
    isRetired: () => retired,
  };
}
