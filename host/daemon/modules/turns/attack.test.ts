import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { viewMessage } from '../mail/store/messages.ts';
import { mailSteps, manager, scout } from '../../testing/mail-steps.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { receiptsFor } from '../../testing/receipts.ts';
import { prunerOf } from '../../testing/list-test-modules.ts';
import { storeSpool } from './spool.ts';

// Attacks on turns and spools from inside one agent's box, and races. Each test names the damage.

let hive: TestHive;
beforeEach(() => {
  hive = openTestHive();
});
afterEach(() => hive.close());

const { say, heard } = mailSteps(() => hive);

describe('a running turn', () => {
  test('a request for urgent mail that the harness has abandoned leases nothing', async () => {
    const harness = await hive.boot('scout');
    await say('operator', 'scout', { body: 'work' });
    const turn = (await harness.wake())!;
    const known = turn.deliveries.map((one) => one.delivery);
    const ask = (waitMs: number) =>
      hive.broker.urgent(
        scout,
        { bootId: harness.bootId, turn: turn.turn, fence: turn.fence, waitMs, known },
        new AbortController().signal,
      );
    // The harness has abandoned this request, but hived has not noticed when the last one arrives.
    const forgotten = ask(300);
    expect((await ask(0)).messages).toEqual([]);
    const late = await say(manager, 'scout', { body: 'stop', priority: 'critical' });
    await harness.finish(turn, 'done');
    await forgotten.catch(() => undefined);
    expect(receiptsFor(hive, late.id)).toMatchObject([{ state: 'queued' }]);
    expect((await harness.wake())?.deliveries).toMatchObject([{ id: late.id }]);
  });

  test('the spool cannot claim that messages of other agents are in its context, nor that its own were before they were leased', async () => {
    const foreign = await say(manager, 'coder');
    const own = await say(manager, 'scout');
    const harness = await hive.boot('scout');
    const turn = (await harness.wake())!;
    await hive.broker.spool(scout, {
      bootId: harness.bootId,
      events: [
        {
          seq: 1,
          at: 1,
          kind: 'delivery.in_context',
          data: { turn: turn.turn, messages: [foreign.id, own.id, 99_999] },
        },
        { seq: 2, at: 1, kind: 'delivery.in_context', data: { turn: turn.turn, messages: [foreign.id] } },
      ],
    });
    expect(heard('delivery.in_context')).toMatchObject([{ turn: turn.turn, messages: [own.id] }]);
    expect(viewMessage(hive.db, foreign.id)?.receipts).toMatchObject([{ inContextAt: null }]);
  });
});

describe('a spool', () => {
  const noise = (seq: number, chars = 60_000) => ({
    seq,
    at: 1,
    kind: 'turn.noise' as const,
    data: { turn: null, lines: 1, sample: 'x'.repeat(chars) },
  });
  const stored = () =>
    hive.db
      .prepare("SELECT COUNT(*) AS n, SUM(octet_length(data)) AS bytes FROM events WHERE kind = 'turn.noise'")
      .get();

  // Vulnerability: transcripts are retained for weeks. Scenario: a box spools events as fast as its socket
  // accepts them. Verified: events beyond the budget are dropped, the drop is reported once a minute, and
  // receipts are never dropped.
  test('stores no more than its budget, reports what it dropped, and never drops a receipt', async () => {
    const harness = await hive.boot('scout');
    await say(manager, 'scout', { body: 'work' });
    const turn = (await harness.wake())!;
    let seq = 0;
    for (let batch = 0; batch < 30; batch += 1)
      await hive.broker.spool(scout, {
        bootId: harness.bootId,
        events: Array.from({ length: 50 }, () => noise((seq += 1))),
      });
    expect(stored()).toMatchObject({ n: expect.toSatisfy((n: number) => n > 1_050 && n < 1_150) as number });
    expect(heard('transcript.dropped')).toHaveLength(1);
    hive.time.now += 60_000;
    const receipt = {
      at: 1,
      kind: 'delivery.in_context' as const,
      data: { turn: turn.turn, messages: [turn.deliveries[0]!.id] },
    };
    for (let n = 0; n < 3; n += 1)
      await hive.broker.spool(scout, { bootId: harness.bootId, events: [{ seq: (seq += 1), ...receipt }] });
    expect(receiptsFor(hive, turn.deliveries[0]!.id)[0]?.inContextAt).not.toBeNull();
    // A repeated report records nothing new.
    expect(heard('delivery.in_context')).toHaveLength(1);
    const dropped = heard('transcript.dropped') as { events: number }[];
    expect(dropped).toHaveLength(2);
    const { n } = stored() as { n: number };
    expect(dropped.reduce((sum, one) => sum + one.events, n)).toBe(1_500);
  });

  test('keeps the newest events below a ceiling per agent, and retention frees their bytes', async () => {
    const budget = { take: () => true, dropped: () => null };
    const deps = { events: hive.events, clock: hive.clock, budget, maxBytes: 100_000 };
    const spool = (seq: number) =>
      hive.writer.write((tx) => storeSpool(tx, deps, { agent: scout, bootId: 'b', events: [noise(seq, 9_000)] }));
    for (let seq = 1; seq <= 50; seq += 1) await spool(seq);
    const { n, bytes } = stored() as { n: number; bytes: number };
    expect([n, bytes <= 100_000]).toEqual([11, true]);
    const counted = () => hive.db.prepare("SELECT spooled_bytes FROM agents WHERE name = 'scout'").pluck().get();
    expect(counted()).toBe(bytes);
    hive.time.now += 100 * 86_400_000;
    const rules = { messages_days: 1, notices_days: 1, transcript_days: 1, events_days: 1 };
    while ((await prunerOf(hive, rules).prune(hive.time.now, 100)).more);
    expect(counted()).toBe(0);
  });

  test('with made-up boot ids leaves no more than a few rows', async () => {
    for (let n = 0; n < 100; n += 1) {
      hive.time.now += 1;
      await hive.broker.spool(scout, { bootId: crypto.randomUUID(), events: [noise(1, 10)] });
    }
    expect(hive.db.prepare('SELECT COUNT(*) FROM spools').pluck().get()).toBe(32);
  });
});
