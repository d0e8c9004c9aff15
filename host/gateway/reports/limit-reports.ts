import type { LimitReport } from '../../../protocol/schemas/service.ts';
import type { Log } from '../../../system/log.ts';
import { waitAtMost } from '../../../system/pause.ts';
import { nameError } from '../name-error.ts';
import { createThrottle } from './throttle.ts';

/** Tells hived of limits. */
export interface LimitReports {
  /**
   * Resolves when hived has it, or after `waitMs` without it: then the agent's pause follows its harness's own
   * backoff, and hived has it when it answers. Never rejects.
   */
  tell(report: LimitReport): Promise<void>;
  /** Gives up what hived does not have yet. */
  close(): void;
}

/** A hived that does not answer for so long does not get the report. */
const SEND_MS = 30_000;

export function createLimitReports(deps: {
  send: (report: LimitReport, signal: AbortSignal) => Promise<unknown>;
  log: Log;
  waitMs: number;
  now: () => number;
}): LimitReports {
  const { log } = deps;
  const isNews = createThrottle(deps.now, 1_000);
  const closing = new AbortController();
  /** What is being sent about each limit, and the newest report that came meanwhile. */
  const sending = new Map<string, Promise<void>>();
  const next = new Map<string, LimitReport>();

  async function send(about: string, first: LimitReport): Promise<void> {
    for (let report: LimitReport | undefined = first; report !== undefined && !closing.signal.aborted;) {
      const { agent, provider, kind, until } = report;
      try {
        await deps.send(report, AbortSignal.any([closing.signal, AbortSignal.timeout(SEND_MS)]));
        log.info({ agent, provider, kind, until }, 'a limit');
      } catch (error) {
        log.warn({ agent, provider, reason: nameError(error) }, 'hived was not told of a limit');
      }
      report = next.get(about);
      next.delete(about);
    }
    sending.delete(about);
  }

  return {
    async tell(report) {
      const { agent, provider, modelClass, key, until, fallback } = report;
      const about = [agent, provider, key, modelClass].map((part) => part ?? '').join(' ');
      if (!isNews(`${about} ${until ?? ''} ${fallback ?? ''}`)) return;
      let told = sending.get(about);
      if (told === undefined) {
        told = send(about, report);
        sending.set(about, told);
      } else next.set(about, report);
      await waitAtMost(told, deps.waitMs);
    },
    close: () => closing.abort(),
  };
}
