import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { HiveError } from '../../../protocol/errors.ts';
import { openLog } from '../../../system/log.ts';
import { messages, runGateway, type RunningGateway, SCOUT } from '../fixtures/run-gateway.ts';
import { createReports } from './reports.ts';

let hive: RunningGateway;
beforeEach(async () => {
  hive = await runGateway({ baseUrl: 'http://127.0.0.1:9', key: null, limits: { reports: 3 } });
});
afterEach(() => hive.stop());

async function call(times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) await (await hive.ask(SCOUT, { body: messages('hello') })).body.dump();
}
/** A call's report is made when its connection is done with it, just after its last byte. */
const counted = (times: number) =>
  vi.waitFor(() => expect(hive.logs.filter((line) => line.includes('"msg":"call"'))).toHaveLength(times));

test('a report is resent unchanged until hived has stored it', async () => {
  hive.around.refuse = 'storage_unavailable';
  await call(1);
  await vi.waitFor(() => expect(hive.around.refused.length).toBeGreaterThanOrEqual(2));
  hive.around.refuse = null;
  await vi.waitFor(() => expect(hive.records()).toHaveLength(1));
  const ids = hive.around.refused.flat().map((record) => record.id);
  expect(new Set([...ids, hive.records()[0]?.id]).size).toBe(1);
});

test('reports wait while hived is down, and arrive in order when it is back', async () => {
  await hive.around.stopHived();
  await call(2);
  await counted(2);
  await hive.around.startHived();
  await vi.waitFor(() => expect(hive.records()).toHaveLength(2));
  const [first, second] = hive.records();
  expect(first?.startedAt).toBeLessThanOrEqual(second?.startedAt ?? 0);
});

test('when too many wait, the oldest are dropped, and the log reports it', async () => {
  await hive.around.stopHived();
  await call(5);
  await counted(5);
  expect(hive.logs.some((line) => line.includes('the oldest are dropped'))).toBe(true);
  await hive.around.startHived();
  await vi.waitFor(() => expect(hive.records()).toHaveLength(3));
});

test('a report that hived refuses permanently does not block the rest', async () => {
  hive.around.refuse = 'invalid_input';
  await call(1);
  await vi.waitFor(() => expect(hive.around.refused).toHaveLength(1));
  hive.around.refuse = null;
  await call(1);
  await vi.waitFor(() => expect(hive.records()).toHaveLength(1));
  expect(hive.logs.some((line) => line.includes('hived refused a report') && line.includes('"lost":1'))).toBe(true);
});

test('a report that hived never takes takes no others along', async () => {
  const stored: number[] = [];
  const lost: unknown[] = [];
  const log = openLog({ level: 'error', output: { write: (line) => lost.push(JSON.parse(line)) } });
  const send = async (batch: number[]) => {
    if (batch.includes(7)) throw new HiveError('invalid_input');
    stored.push(...batch);
  };
  const reports = createReports<number>({ send, log, capacity: 1_000 });
  const numbers = Array.from({ length: 600 }, (_, n) => n);
  for (const number of numbers) reports.add(number);
  expect(await reports.flush(5_000)).toBe(0);
  expect(stored).toEqual(numbers.filter((number) => number !== 7));
  expect(lost).toMatchObject([{ lost: 1 }]);
});

test('a gateway that must end before hived is back reports the loss', async () => {
  await hive.around.stopHived();
  await call(2);
  await counted(2);
  await hive.gateway.drain(150);
  expect(hive.logs.some((line) => line.includes('reports are lost') && line.includes('"lost":2'))).toBe(true);
});
