import type { KeyReport } from '../../protocol/schemas/service.ts';

/**
 * What the provider thinks of one key:
 *
 *   unknown / accepted ── 401, or a second 403 in a row ──► refused ── a call that gets through ──► accepted
 *
 * While it is refused by 401 the gateway answers the boxes itself, and lets one call pass as a probe now and then.
 * A 403 may be about one model or one request: it is told of, but bars no call.
 */
export interface KeyGuard {
  /** Whether the provider need not be asked. A caller that is not barred must tell the status it got. */
  bars(): boolean;
  /** Takes the status of an answer that came from the provider. */
  hear(status: number): void;
  /** Takes the status of a free call that is no call to a model: it shows that the key is known, not that it may do anything. */
  hearTest(status: number): void;
  /** Another key is in use: what calls with this one hear is told to nobody. */
  retire(): void;
}

const FIRST_PROBE_MS = 60_000;
const LONGEST_PROBE_MS = 10 * 60_000;

export function createKeyGuard(deps: {
  now: () => number;
  tell: (report: Pick<KeyReport, 'state' | 'status'>) => void;
}): KeyGuard {
  // Also the first success is told: hived may still believe what was heard of an older key or by an older gateway.
  let told: KeyReport['state'] | null = null;
  let barred = false;
  let forbidden = 0;
  let pause = FIRST_PROBE_MS;
  let probeAt = 0;
  let retired = false;

  function refuse(status: number): void {
    if (status === 401) {
      if (barred) pause = Math.min(LONGEST_PROBE_MS, pause * 2);
      barred = true;
      probeAt = deps.now() + pause;
    }
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
    pause = FIRST_PROBE_MS;
  }

  return {
    bars() {
      if (!barred) return false;
      if (deps.now() < probeAt) return true;
      // One probe at a time; one that never ends is followed by another.
      probeAt = deps.now() + pause;
      return false;
    },
    hear(status) {
      if (status === 401) return refuse(status);
      if (status === 403) {
        forbidden += 1;
        if (forbidden > 1) refuse(status);
        return;
      }
      // Whatever else it says (a limit, trouble of its own, a bad request) tells nothing of the key.
      if (status < 300) accept(status);
    },
    hearTest(status) {
      if (status === 401) refuse(status);
      else if (status < 300 && barred) accept(status);
    },
    retire() {
      retired = true;
    },
  };
}
