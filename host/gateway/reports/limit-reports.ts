import type { LimitReport } from '../../../protocol/schemas/service.ts';
import type { Log } from '../../../system/log.ts';
import { createThrottle } from './throttle.ts';
import { nameError } from '../name-error.ts';
import { waitAtMost } from '../../../system/pause.ts';

/** Tells hived of limits. */
export interface LimitReports {
  /**
   * Resolves when hived has it, or after `waitMs` without it: then the agent's pause follows its harness's own
   * backoff. Never rejects.
   */
  tell(report: LimitReport): Promise<void>;
}

export function createLimitReports(deps: {
  send: (report: LimitReport, signal: AbortSignal) => Promise<unknown>;
  log: Log;
  waitMs: number;
  now: () => number;
}): LimitReports {
  const isNews = createThrottle(deps.now, 1_000);
  return {
    async tell(report) {
      const { agent, provider, kind, modelClass, key, until, fallback } = report;
      const about = [agent, provider, key, modelClass, until, fallback].map((part) => part ?? '');
      if (!isNews(about.join(' '))) return;
      const enough = new AbortController();
      const sent = deps.send(report, enough.signal).then(
        () => true,
        (error: unknown) => {
          deps.log.warn({ agent, provider, reason: nameError(error) }, 'hived was not told of a limit');
          return false;
        },
      );
      const told = await waitAtMost(sent, deps.waitMs);
      enough.abort();
      if (told === true) deps.log.info({ agent, provider, kind, until }, 'a limit');
    },
  };
}
