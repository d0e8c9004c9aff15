import type { KeyReport } from '../../protocol/schemas/service.ts';
import { backoffMs } from '../../system/backoff.ts';
import type { Refusal } from './protocols/protocol.ts';

/**
 * What the provider thinks of one key:
 *
 *   unknown / accepted ── refused, or forbidden twice in a row ──► refused ── a call that gets through ──► accepted
 *
 * While the key itself is refused (mostly 401) the gateway answers the boxes itself, and lets one call pass as a probe now
 * and then. What is forbidden (mostly 403) may be about one model or one request: it is told of, but bars no call.
 */
export interface KeyGuard {
  /** Whether the provider need not be asked. A caller that is not barred must tell the answer it got. */
  bars(): boolean;
  /** Takes the status of an answer that came from the provider, and what the protocol reads from it about the key. */
  hear(status: number, refusal: Refusal | null): void;
  /** Takes the answer to a free call that is no call to a model: it shows that the key is known, not that it may do anything. */
  hearTest(status: number, refusal: Refusal | null): void;
  /** Another key is in use: what calls with this one hear is told to nobody. */
  retire(): void;
}

/** Between probes. Whole: a hive has one gateway, and nobody else probes its key. */
const PROBES = { firstMs: 60_000, maxMs: 10 * 60_000 };

export function createKeyGuard(deps: {
  now: () => number;
  tell: (report: Pick<KeyReport, 'state' | 'status'>) => void;
}): KeyGuard {
  // Also the first success is told: hived may still believe what was heard of an older key or by an older gateway.
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

  return {
    bars() {
      if (!barred) return false;
      if (deps.now() < probeAt) return true;
      // One probe at a time; one that never ends is followed by another.
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
      // Whatever else it says (a limit, trouble of its own, a bad request) tells nothing of the key.
      if (status < 300) accept(status);
    },
    hearTest(status, refusal) {
      if (refusal === 'refused') refuse(status);
      else if (status < 300 && barred) accept(status);
    },
    retire() {
      retired = true;
    },
  };
}
