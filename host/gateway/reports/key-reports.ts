import { HiveError } from '../../../protocol/errors.ts';
import type { KeyReport } from '../../../protocol/schemas/service.ts';
import { decideBatch } from './decide-batch.ts';
import { pause } from '../../../system/pause.ts';

/** Delivers the newest state of one provider's key to hived, with retries; older undelivered ones are dropped. */
export interface KeyReports {
  add(report: KeyReport): void;
  close(): void;
}

export function createKeyReports(send: (report: KeyReport, signal: AbortSignal) => Promise<unknown>): KeyReports {
  const closing = new AbortController();
  let newest: KeyReport | null = null;
  let running = false;

  async function run(): Promise<void> {
    for (let failures = 0; newest !== null && !closing.signal.aborted;) {
      const report: KeyReport = newest;
      const result = await send(report, closing.signal).then(
        () => ({ ok: true }) as const,
        (error: unknown) =>
          ({ ok: false, error: error instanceof HiveError ? error : new HiveError('internal') }) as const,
      );
      const decision = decideBatch(result, failures, Math.random());
      if (decision.do === 'retry') {
        failures += 1;
        await pause(decision.inMs, closing.signal);
      } else {
        failures = 0;
        if (newest === report) newest = null;
      }
    }
    running = false;
  }

  return {
    add(report) {
      newest = report;
      if (running || closing.signal.aborted) return;
      running = true;
      void run();
    },
    close: () => closing.abort(),
  };
}
