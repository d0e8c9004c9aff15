import { expect, test } from 'vitest';
import type { HiveClient } from '../hive-link/hive-client.ts';
import { reportFiles } from './report-files.ts';

interface Report {
  sessions: { id: string }[];
  complete: boolean;
}

/** The reports about so many files, written one after the other; hived has the oldest of each report deleted. */
async function report(count: number) {
  const reports: Report[] = [];
  const removed: (readonly string[])[] = [];
  const call = (_name: string, input: Report) => {
    reports.push(input);
    return Promise.resolve({ remove: input.sessions.slice(-1).map(({ id }) => id) });
  };
  await reportFiles({
    hive: { call, close: () => undefined } as unknown as HiveClient,
    bootId: 'b',
    files: {
      list: () => Promise.resolve(Array.from({ length: count }, (_, at) => ({ id: `s${at}`, bytes: 1, at }))),
      sizeOf: () => Promise.resolve(1),
      remove: (ids) => Promise.resolve(void removed.push(ids)),
    },
    log: (line) => expect.fail(line),
    signal: new AbortController().signal,
  });
  return { reports, removed };
}

test('more files than fit into a report are reported newest first, and no report claims to be complete', async () => {
  const { reports, removed } = await report(501);
  expect(reports.map(({ complete }) => complete)).toEqual([false, false]);
  expect(reports.map(({ sessions }) => [sessions.length, sessions[0]?.id])).toEqual([
    [500, 's500'],
    [1, 's0'],
  ]);
  expect(removed).toEqual([['s1'], ['s0']]);
});

test('a report of all files is complete, also when there are none', async () => {
  expect((await report(500)).reports).toMatchObject([{ complete: true }]);
  expect(await report(0)).toMatchObject({ reports: [{ sessions: [], complete: true }], removed: [] });
});
