import { expect, onTestFinished, test, vi } from 'vitest';
import type { AgentName } from '../../../protocol/names.ts';
import { openLog } from '../../../system/log.ts';
import { createTraffic } from './traffic.ts';

const scout = 'scout' as AgentName;
const OWN = '00000000-0000-4000-8000-000000000001';
const OLDER = '00000000-0000-4000-8000-000000000002';

const NONE = { usedUp: [] };

function open(send: Parameters<typeof createTraffic>[0]['send'] = () => Promise.resolve(NONE), reportMs = 600_000) {
  const log = openLog({ level: 'error', output: { write: () => true } });
  const traffic = createTraffic({ instance: OWN, send, log, reportMs });
  onTestFinished(() => traffic.close());
  return traffic;
}

const line = (used: number, counted: { instance: string; bytes: number }[] = []) => ({
  type: 'quotas' as const,
  agents: [{ name: scout, quotas: [{ bytes: 1_000, used, words: 'used up' }], counted }],
});

test('without a quota everything passes; a quota counts what passed before it was set', () => {
  const traffic = open();
  expect(traffic.count(scout, 5_000)).toBeNull();
  traffic.replace(line(0));
  expect(traffic.usedUp(scout)).toBe('used up');
});

test('what hived has counted is not counted again, and what it has not is', () => {
  const traffic = open();
  traffic.count(scout, 600);
  traffic.replace(line(600, [{ instance: OWN, bytes: 600 }]));
  expect(traffic.count(scout, 399)).toBeNull();
  expect(traffic.count(scout, 1)).toBe('used up');
  // The window has turned: what is used begins at 0, and the sum goes on.
  traffic.replace(line(0, [{ instance: OWN, bytes: 1_000 }]));
  expect(traffic.count(scout, 999)).toBeNull();
  expect(traffic.count(scout, 1)).toBe('used up');
});

test('hived’s answer to a report says what others used up, until it says otherwise or another line comes', async () => {
  let answer: { usedUp: { agent: AgentName; words: string }[] } = { usedUp: [{ agent: scout, words: 'by another' }] };
  const traffic = open(() => Promise.resolve(answer), 1);
  traffic.replace(line(0));
  expect(traffic.count(scout, 10)).toBeNull();
  await vi.waitFor(() => expect(traffic.usedUp(scout)).toBe('by another'));
  answer = { usedUp: [] };
  traffic.count(scout, 10);
  await vi.waitFor(() => expect(traffic.usedUp(scout)).toBeNull());
  answer = { usedUp: [{ agent: scout, words: 'by another' }] };
  traffic.count(scout, 10);
  await vi.waitFor(() => expect(traffic.usedUp(scout)).toBe('by another'));
  traffic.replace(line(0));
  expect(traffic.usedUp(scout)).toBeNull();
});

test('an answer that was on its way when a line came does not undo it', async () => {
  const waiting: ((answer: { usedUp: { agent: AgentName; words: string }[] }) => void)[] = [];
  const traffic = open(() => new Promise((resolve) => waiting.push(resolve)), 1);
  traffic.replace(line(0));
  traffic.count(scout, 10);
  await vi.waitFor(() => expect(waiting).toHaveLength(1));
  traffic.replace(line(0));
  waiting[0]?.({ usedUp: [{ agent: scout, words: 'of before the operator raised it' }] });
  expect(await traffic.flush(1_000)).toBe(0);
  expect(traffic.usedUp(scout)).toBeNull();
});

test('a gateway that starts goes on with what its predecessor reported', () => {
  const traffic = open();
  traffic.replace(line(900, [{ instance: OLDER, bytes: 900 }]));
  expect(traffic.count(scout, 99)).toBeNull();
  expect(traffic.count(scout, 1)).toBe('used up');
  traffic.replace(
    line(900, [
      { instance: OLDER, bytes: 900 },
      { instance: OWN, bytes: 0 },
    ]),
  );
  expect(traffic.usedUp(scout)).toBe('used up');
});

test('an agent that is created anew under an old name begins with nothing', () => {
  const traffic = open();
  traffic.count(scout, 5_000);
  traffic.keepAgents(new Set());
  traffic.replace(line(0));
  expect(traffic.usedUp(scout)).toBeNull();
});

test('sums are reported again until hived has taken them', async () => {
  const sent: unknown[] = [];
  let fails = 1;
  const traffic = open((agents) => {
    sent.push(agents);
    return fails-- > 0 ? Promise.reject(new Error('away')) : Promise.resolve(NONE);
  });
  traffic.count(scout, 10);
  traffic.count(scout, 5);
  expect(await traffic.flush(30_000)).toBe(0);
  expect(sent).toEqual([[{ agent: scout, bytes: 15 }], [{ agent: scout, bytes: 15 }]]);
  expect(await traffic.flush(30_000)).toBe(0);
  expect(sent).toHaveLength(2);
});

test('a quota that is used up is reported at once', async () => {
  const sent: unknown[] = [];
  const traffic = open((agents) => {
    sent.push(agents);
    return Promise.resolve(NONE);
  });
  traffic.replace(line(0));
  traffic.count(scout, 1);
  expect(sent).toEqual([]);
  traffic.count(scout, 999);
  await vi.waitFor(() => expect(sent).toEqual([[{ agent: scout, bytes: 1_000 }]]));
});

test('a hived that is gone leaves the sums unreported, and flush says so', async () => {
  const traffic = open(() => Promise.reject(new Error('away')));
  traffic.count(scout, 1);
  expect(await traffic.flush(10)).toBe(1);
});
