import { expect, test } from 'vitest';
import type { LimitReport } from '../../../protocol/schemas/service.ts';
import { createLimitReports } from './limit-reports.ts';

const report = (until: number | null) =>
  ({ agent: 'coder', provider: 'anthropic', modelClass: null, kind: 'rate', until, key: null, at: 0 }) as LimitReport;

/** hived answers when the test says so. */
function openReports(waitMs: number) {
  const asked: { until: number | null; signal: AbortSignal; answer: () => void; fail: (error: Error) => void }[] = [];
  const log: string[] = [];
  const write = (_: object, line: string) => void log.push(line);
  const reports = createLimitReports({
    send: ({ until }, signal) =>
      new Promise<void>((resolve, reject) => {
        asked.push({ until, signal, answer: resolve, fail: reject });
      }),
    log: { info: write, warn: write } as never,
    waitMs,
    now: () => 0,
  });
  return { reports, asked, log };
}

// Vulnerability: a hived that is busy for some seconds never hears of a limit, and neither does the operator.
test('an agent does not wait for a slow hived, which has the report all the same when it answers', async () => {
  const { reports, asked, log } = openReports(1);
  await reports.tell(report(5));
  expect([asked.length, asked[0]?.signal.aborted, log]).toEqual([1, false, []]);
  asked[0]?.answer();
  await expect.poll(() => log).toEqual(['a limit']);
});

test('while hived is slow, only the newest report of a limit follows', async () => {
  const { reports, asked, log } = openReports(1);
  for (const until of [5, 6, 7]) await reports.tell(report(until));
  expect(asked.map(({ until }) => until)).toEqual([5]);
  asked[0]?.fail(new Error('busy'));
  await expect.poll(() => asked.map(({ until }) => until)).toEqual([5, 7]);
  asked[1]?.answer();
  await expect.poll(() => log).toEqual(['hived was not told of a limit', 'a limit']);
});

test('the same report within a second is sent once, and closing gives up what is under way', async () => {
  const { reports, asked } = openReports(1);
  await reports.tell(report(5));
  await reports.tell(report(5));
  expect(asked).toHaveLength(1);
  reports.close();
  expect(asked[0]?.signal.aborted).toBe(true);
});
