import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Notice, NoticeKind } from '../../../../protocol/notices.ts';
import type { Priority } from '../../../../protocol/schemas/message.ts';
import { labelReceipt } from '../../../../protocol/receipt-words.ts';
import { coder, mailSteps, manager, scout } from '../../testing/mail-steps.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { receiptsFor } from '../../testing/receipts.ts';
import { findAgent, setSpec } from '../agents/store/agents.ts';
import { standingOf } from '../agents/read-standings.ts';
import { killAllFor } from './store/deliveries.ts';
import { MOST_RIDING } from './wakes-by.ts';

let hive: TestHive;
beforeEach(() => {
  hive = openTestHive();
});
afterEach(() => hive.close());

const { say, sweep, mailOf } = mailSteps(() => hive);

/** Posts a notice to scout; resolves with its id. */
async function notify(notice: Notice, { priority, body = notice }: { priority?: Priority; body?: string } = {}) {
  const post = { sender: 'system', kind: 'system', notice, to: scout, body, priority } as const;
  return (await hive.writer.write((tx) => hive.mail.post(tx, post))).id;
}

function wakeFor(kinds: NoticeKind[]): void {
  setSpec(hive.db, scout, { spec: { ...findAgent(hive.db, scout)!.spec, wakeFor: kinds }, tell: false });
}

const stateOf = (id: number) => receiptsFor(hive, id).map(labelReceipt);
const idsOf = (turn: { deliveries: { id: number }[] } | null) => turn?.deliveries.map(({ id }) => id) ?? null;

describe('a notice that needs nothing from its reader', () => {
  test('starts no turn, and comes in its order with the mail that starts the next one', async () => {
    const harness = await hive.boot('manager');
    const waiting = harness.wake(10_000);
    const about = await say(manager, 'scout', { ttl_seconds: 10 });
    hive.time.now += 10_000;
    await sweep();
    const [notice] = hive.heard.filter(({ kind }) => kind === 'message.sent').slice(-1);
    expect(notice?.data).toMatchObject({ from: 'system', to: 'manager' });
    const next = await say(coder, 'manager', { body: 'news' });
    const turn = await waiting;
    expect(turn?.deliveries.map(({ inReplyTo, id }) => inReplyTo ?? id)).toEqual([about.id, next.id]);
  });

  test('counts as waiting, and is shown as riding along', async () => {
    const id = await notify('expired');
    expect(stateOf(id)).toEqual(['rides along']);
    expect(standingOf(hive.db, 'scout').mail).toMatchObject({ queued: 1, riding: 1 });
    const sent = await say(manager, 'scout');
    expect(standingOf(hive.db, 'scout').mail).toMatchObject({ queued: 2, riding: 1 });
    const harness = await hive.boot('scout');
    const turn = await harness.wake();
    expect(idsOf(turn)).toEqual([id, sent.id]);
    expect(standingOf(hive.db, 'scout').mail).toMatchObject({ queued: 0, riding: 0 });
    await harness.finish(turn!, 'done');
    expect(stateOf(id)).toEqual(['handled']);
  });

  test('is there after hived was killed', async () => {
    const id = await notify('timer');
    const old = hive;
    hive = openTestHive(undefined, { crashedOf: old });
    await old.close();
    const harness = await hive.boot('scout');
    expect(await harness.wake()).toBeNull();
    const sent = await say(manager, 'scout');
    expect(idsOf(await harness.wake())).toEqual([id, sent.id]);
  });

  test('joins no running turn by itself, whatever its priority; the model can fetch it', async () => {
    const harness = await hive.boot('scout');
    await say(manager, 'scout');
    const turn = (await harness.wake())!;
    const id = await notify('expired', { priority: 'critical' });
    const ask = { bootId: harness.bootId, turn: turn.turn, fence: turn.fence, waitMs: 0, known: [] };
    const join = () => hive.broker.urgent(scout, ask, new AbortController().signal);
    expect((await join()).messages).toEqual([]);
    const urgent = await say(manager, 'scout', { priority: 'high' });
    expect((await join()).messages.map((one) => one.id)).toEqual([id, urgent.id]);
    const other = await notify('expired');
    expect((await hive.broker.recv(scout, 10)).messages.map((one) => one.id)).toEqual([other]);
  });

  test('does not count into how long the mail of a turn waited', async () => {
    await notify('expired');
    hive.time.now += 3_600_000;
    await say(manager, 'scout');
    hive.time.now += 500;
    await mailOf('scout');
    expect(hive.db.prepare('SELECT waited_ms FROM turn_stats').pluck().all()).toEqual([500]);
  });

  test('takes no capacity of the mailbox, so that it keeps out no mail to ride with', async () => {
    await hive.close();
    hive = openTestHive(undefined, { broker: { mailbox_max_messages: 2, mailbox_max_bytes: 65_536 } });
    const notices = [
      await notify('expired'),
      await notify('timer', { body: 'x'.repeat(60_000) }),
      await notify('timer'),
    ];
    const first = await say(coder, 'scout', { body: 'y'.repeat(60_000) });
    await expect(say(coder, 'scout', { body: 'y'.repeat(6_000) })).rejects.toMatchObject({ code: 'mailbox_full' });
    const second = await say(coder, 'scout');
    await expect(say(coder, 'scout')).rejects.toMatchObject({ code: 'mailbox_full' });
    const harness = await hive.boot('scout');
    const turn = (await harness.wake())!;
    await harness.finish(turn, 'done');
    const rest = await harness.wake();
    expect([...idsOf(turn)!, ...(idsOf(rest) ?? [])].toSorted((a, b) => a - b)).toEqual([
      ...notices,
      first.id,
      second.id,
    ]);
  });

  test(`starts a turn when ${MOST_RIDING} of them wait`, async () => {
    const harness = await hive.boot('scout');
    for (let n = 1; n < MOST_RIDING; n += 1) await notify('timer');
    expect(await harness.wake()).toBeNull();
    await notify('timer');
    expect((await harness.wake())?.deliveries).toHaveLength(MOST_RIDING);
  });

  test('is given up with the other mail of a destroyed agent, and is withdrawn with it', async () => {
    const id = await notify('expired');
    expect(await hive.broker.drop({ agent: 'scout', waiting: true })).toBe(1);
    expect(stateOf(id)).toEqual(['withdrawn']);
    const next = await notify('expired');
    await hive.writer.write((tx) => killAllFor(tx.db, 'scout', { reason: 'destroyed', at: hive.time.now }));
    expect(stateOf(next)).toEqual(['given up']);
    expect(standingOf(hive.db, 'scout').mail).toMatchObject({ queued: 0, riding: 0 });
  });

  test('starts a turn when the operator puts it back', async () => {
    const id = await notify('expired');
    await hive.writer.write((tx) => killAllFor(tx.db, 'scout', { reason: 'test', at: hive.time.now }));
    await hive.broker.requeue({ agent: 'scout' });
    const harness = await hive.boot('scout');
    expect(idsOf(await harness.wake())).toEqual([id]);
  });
});

describe('what interrupted something starts a turn whatever wakeFor says', () => {
  beforeEach(() => wakeFor([]));

  test('the notice of an interruption; without one, a rebuild rides along as well', async () => {
    const harness = await hive.boot('scout');
    const rebuild = await notify('rebuild');
    expect(await harness.wake()).toBeNull();
    const cut = await notify('interruption');
    expect(idsOf(await harness.wake())).toEqual([rebuild, cut]);
  });

  test.each(['failed', 'interrupted', 'timed_out', 'budget'] as const)(
    'the mail of a turn that ended as %s, also a notice that rode along',
    async (outcome) => {
      const harness = await hive.boot('scout');
      const id = await notify('expired');
      const sent = await say(manager, 'scout');
      await harness.finish((await harness.wake())!, outcome);
      await hive.broker.drop({ deliveries: receiptsFor(hive, sent.id).map(({ delivery }) => delivery) });
      expect(stateOf(id)).toEqual(['waiting']);
      expect(idsOf(await harness.wake())).toEqual([id]);
    },
  );

  test('the same for the mail of a harness that is gone', async () => {
    const lost = await hive.boot('scout');
    const id = await notify('timer');
    const sent = await say(manager, 'scout');
    await lost.wake();
    expect(idsOf(await (await hive.boot('scout')).wake())).toEqual([id, sent.id]);
  });
});

test('wakeFor chooses by kind, from the next notice on', async () => {
  const harness = await hive.boot('scout');
  const before = await notify('expired');
  wakeFor(['expired']);
  expect(await harness.wake()).toBeNull();
  const disk = await notify('disk');
  expect(await harness.wake()).toBeNull();
  const after = await notify('expired');
  expect(idsOf(await harness.wake())).toEqual([before, disk, after]);
});

test('the harness is not told: one of an older build would refuse the field', async () => {
  wakeFor(['disk']);
  const hello = { bootId: crypto.randomUUID(), generation: 1, harnessVersion: 'test', pid: 1, contract: 4 };
  expect((await hive.broker.hello(scout, hello)).spec).not.toHaveProperty('wakeFor');
});
