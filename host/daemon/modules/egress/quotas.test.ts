import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EgressCaller } from '../../../../protocol/egress.ts';
import type { AgentName } from '../../../../protocol/names.ts';
import { egressOperations } from '../../../../protocol/operations/egress.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { requireAgent } from '../agents/known-agent.ts';
import { requireCaller } from './callers.ts';
import { holdingQuotas } from './policy/quotas.ts';
import { handleQuotas } from './quota-handlers.ts';
import { createQuotas } from './quotas.ts';
import { deleteTrafficOf, pruneCounters, pruneTraffic } from './store/traffic.ts';

const scout = 'scout' as AgentName;
const coder = 'coder' as AgentName;
const BY = { caller: 'hivectl' as const, signal: new AbortController().signal, lastEventId: null };
const [FIRST, SECOND] = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'] as const;
const HOUR_MS = 3_600_000;

let hive: TestHive;
let pushed: number;
let quotas: ReturnType<typeof createQuotas>;
let handlers: ReturnType<typeof handleQuotas>;
beforeEach(() => {
  hive = openTestHive();
  pushed = 0;
  start();
});
afterEach(() => hive.close());

/** As after a start of hived. */
function start(defaults = { hour: 0, day: 0, month: 0 }): void {
  const { db, clock } = hive;
  quotas = createQuotas({ db, clock, timeZone: 'Europe/Berlin', defaults });
  handlers = handleQuotas({ ...hive, quotas, onRulesChanged: () => (pushed += 1) });
}

const set = (subject: string, per: 'hour' | 'day' | 'month', bytes: number | null) =>
  handlers.operator.setEgressQuota(egressOperations.setEgressQuota.input.parse({ subject, per, bytes }), BY);
const report = (bytes: number, instance: string = FIRST, agent = scout) =>
  handlers.gateway.reportTraffic({ instance, agents: [{ agent, bytes }] });
const stateOf = (name = 'scout') => quotas.statesOf(requireCaller(hive.db, name as EgressCaller));
const used = () => stateOf()[0]?.used;
const notices = () =>
  hive.db.prepare("SELECT body FROM messages WHERE recipient = 'operator' AND sender = 'system'").pluck().all();
const eventsOf = (kind: string) => hive.heard.filter((event) => event.kind === kind);

describe('the quota that holds', () => {
  const none = { hour: 0, day: 0, month: 0 };
  const worker = { name: 'coder', role: 'worker' };
  const quota = (subject: string, bytes: number) => ({ subject, per: 'day' as const, bytes });
  const all = [quota('coder', 1_000), quota('@role:worker', 2_000), quota('*', 3_000)];
  test.each([
    ['the agent’s own', all, none, [['day', 1_000, 'coder']]],
    ['its role’s', all.slice(1), none, [['day', 2_000, '@role:worker']]],
    ['that of all agents', all.slice(2), none, [['day', 3_000, '*']]],
    ['that of config.yaml', [], { ...none, day: 4_000 }, [['day', 4_000, 'config.yaml']]],
    [
      'one for each period',
      all,
      { ...none, hour: 500 },
      [
        ['hour', 500, 'config.yaml'],
        ['day', 1_000, 'coder'],
      ],
    ],
    ['none of another agent or role', [quota('scout', 1), quota('@role:lead', 1)], none, []],
  ])('is %s', (...[, given, defaults, expected]) => {
    const held = holdingQuotas(worker, given, defaults);
    expect(held.map(({ per, bytes, setFor }) => [per, bytes, setFor])).toEqual(expected);
  });
});

describe('what is used', () => {
  test('is the sum that was reported, once, in whatever order reports come', async () => {
    await set('scout', 'day', 10_000);
    await report(100);
    await report(300);
    await report(300);
    await report(200);
    expect(used()).toBe(300);
    expect(stateOf('coder')).toEqual([]);
    await report(5, SECOND);
    // The older instance ends later: what it adds counts, what it said before does not.
    await report(310);
    expect(used()).toBe(315);
  });

  test('survives a restart of hived and of the gateway, and the gateway knows what is counted', async () => {
    await set('scout', 'day', 10_000);
    await report(400);
    start();
    await report(400);
    await report(50, SECOND);
    const [line] = quotas.composeLine().agents;
    expect(line).toMatchObject({ name: 'scout', quotas: [{ bytes: 10_000, used: 450 }] });
    expect(line?.counted).toEqual(
      expect.arrayContaining([
        { instance: FIRST, bytes: 400 },
        { instance: SECOND, bytes: 50 },
      ]),
    );
  });

  test('begins again with the hour, day or month of the hive’s time zone', async () => {
    hive.time.now = Date.UTC(2026, 5, 10, 21, 50);
    await set('scout', 'hour', 10_000);
    await set('scout', 'day', 10_000);
    await set('scout', 'month', 10_000);
    await report(400);
    expect(stateOf().map((state) => state.used)).toEqual([400, 400, 400]);
    quotas.composeLine();
    expect(quotas.windowEndsAt()).toBe(Date.UTC(2026, 5, 10, 22, 0));
    // Midnight in Berlin.
    hive.time.now = Date.UTC(2026, 5, 10, 22, 0);
    await report(500);
    expect(stateOf().map((state) => state.used)).toEqual([100, 100, 500]);
    hive.time.now += HOUR_MS;
    expect(stateOf().map((state) => state.used)).toEqual([0, 100, 500]);
  });

  test('of an agent that is gone is deleted, and not charged to another one of its name', async () => {
    await set('scout', 'day', 10_000);
    await report(400);
    await hive.writer.write((tx) => deleteTrafficOf(tx.db, scout));
    expect(used()).toBe(0);
    await report(10, FIRST, 'nobody' as AgentName);
    expect(hive.db.prepare('SELECT COUNT(*) FROM traffic').pluck().get()).toBe(0);
  });

  test('is deleted by age, but not the sum that a running gateway still adds to', async () => {
    await report(400);
    hive.time.now += 50 * 86_400_000;
    const look = { before: hive.time.now - 40 * 86_400_000, limit: 100 };
    await hive.writer.write((tx) => pruneTraffic(tx.db, look));
    await hive.writer.write((tx) => pruneCounters(tx.db, look));
    await set('scout', 'day', 10_000);
    await report(450);
    expect(used()).toBe(50);
    hive.time.now += 1;
    await report(1, SECOND, coder);
    hive.time.now += 50 * 86_400_000;
    await hive.writer.write((tx) => pruneCounters(tx.db, { ...look, before: hive.time.now - 1 }));
    expect(hive.db.prepare('SELECT instance FROM traffic_counters').pluck().all()).toEqual([SECOND]);
  });
});

test('what passed while the clock was wrong counts in its own time, and not in every window until then', async () => {
  await set('scout', 'hour', 10_000);
  const now = hive.time.now;
  hive.time.now += 4 * 365 * 24 * HOUR_MS;
  await report(9_000);
  for (const instance of ['3', '4', '5']) await report(1, `00000000-0000-4000-8000-00000000000${instance}`);
  expect(used()).toBe(9_003);
  hive.time.now = now;
  expect(used()).toBe(0);
  await report(100, SECOND);
  expect(used()).toBe(100);
  // The gateway hears what is counted of it, whatever other instances reported in the future.
  expect(quotas.composeLine().agents[0]?.counted).toContainEqual({ instance: SECOND, bytes: 100 });
});

describe('a quota that is used up', () => {
  test('is told to the instance that reports: one that ends hears no more lines', async () => {
    await set('scout', 'day', 1_000);
    expect(await report(600)).toEqual({ usedUp: [] });
    expect(await report(399, SECOND)).toEqual({ usedUp: [] });
    const { usedUp } = await report(1, '00000000-0000-4000-8000-000000000003');
    expect(usedUp).toEqual([{ agent: 'scout', words: expect.stringMatching(/^The quota of 1 kB a day/) as string }]);
    // Also to one that has nothing new to say of the agent.
    expect((await report(600)).usedUp).toEqual(usedUp);
  });

  test('is told to the operator once in its window, and again after it was raised', async () => {
    await set('scout', 'day', 1_000);
    await report(999);
    expect(notices()).toEqual([]);
    await report(1_200);
    await report(1_300);
    expect(notices()).toEqual([
      expect.stringMatching(/scout used up its quota of 1 kB a day .*hivectl egress quota scout/),
    ]);
    expect(eventsOf('egress.quota_reached')).toMatchObject([{ agent: 'scout', data: { bytes: 1_000, used: 1_200 } }]);
    await set('scout', 'day', 2_000);
    await report(2_100);
    expect(notices()).toHaveLength(2);
    // The gateway hears it, whichever instance counted.
    expect(pushed).toBeGreaterThanOrEqual(4);
  });

  test('is told as well when it is set below what is used already', async () => {
    await report(1_200);
    await report(1_200, SECOND, coder);
    await set('@role:scout', 'day', 1_000);
    await set('@role:scout', 'day', 1_000);
    expect(eventsOf('egress.quota_reached')).toMatchObject([{ agent: 'scout', data: { bytes: 1_000, used: 1_200 } }]);
    expect(notices()).toHaveLength(1);
  });

  test('says which, how much, until when and whom to ask', async () => {
    await set('@role:scout', 'day', 5e9);
    await report(5e9);
    const [line] = quotas.composeLine().agents;
    expect(line?.quotas[0]?.words).toMatch(
      /^The quota of 5 GB a day of traffic for scout is used up\. It begins again at \d{4}-\S+Z\. The operator can raise it: hivectl egress quota scout SIZE --per day$/,
    );
    expect(quotas.leftFor(requireAgent(hive.db, 'scout'))).toMatchObject([
      { budget: '5 GB a day of traffic with hosts outside', left: '0 B' },
    ]);
  });
});

test('a wrong command about quotas changes nothing', async () => {
  await expect(set('nobody', 'day', 1_000)).rejects.toMatchObject({ code: 'unknown_agent' });
  await expect(set('scout', 'day', null)).rejects.toMatchObject({ code: 'not_found' });
  await set('scout', 'day', 1_000);
  await set('scout', 'day', null);
  expect(stateOf()).toEqual([]);
  expect(eventsOf('egress.quota_changed').map(({ data }) => data)).toMatchObject([{ bytes: 1_000 }, { bytes: null }]);
  for (const bytes of [0, 999, -5, 1.5, 1e16])
    expect(egressOperations.setEgressQuota.input.safeParse({ subject: 'scout', per: 'day', bytes }).success).toBe(
      false,
    );
});
