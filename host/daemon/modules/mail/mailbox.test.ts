import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findAgent } from '../agents/store/agents.ts';
import { coder, mailSteps, manager, scout } from '../../testing/mail-steps.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { receiptsFor } from '../../testing/receipts.ts';

let hive: TestHive;
beforeEach(() => {
  hive = openTestHive();
});
afterEach(() => hive.close());

const { say, heard, sweep, mailOf } = mailSteps(() => hive);

describe('back-pressure', () => {
  test('a full mailbox refuses with a retry time, records one event, and still accepts the hive’s messages', async () => {
    await hive.close();
    hive = openTestHive(undefined, { broker: { mailbox_max_messages: 3 } });
    for (let n = 0; n < 3; n += 1) await say(manager, 'scout');
    for (let n = 0; n < 2; n += 1)
      await expect(say(coder, 'scout')).rejects.toMatchObject({
        code: 'mailbox_full',
        details: { mailbox: 'scout', retryAfterMs: 60_000 },
      });
    await expect.poll(() => heard('mailbox.full')).toMatchObject([{ mailbox: 'scout', messages: 3, sender: 'coder' }]);
    expect((await say('operator', 'scout')).recipients).toEqual(['scout']);
    expect(await say(manager, '*')).toMatchObject({ recipients: ['coder'], skipped: [{ name: 'scout' }] });
    expect(await mailOf('scout')).toHaveLength(4);
    await say(coder, 'scout');
  });

  test('a mailbox is also limited in bytes', async () => {
    await hive.close();
    hive = openTestHive(undefined, { broker: { mailbox_max_bytes: 65_536 } });
    await say(manager, 'scout', { body: 'x'.repeat(60_000) });
    await expect(say(coder, 'scout', { body: 'x'.repeat(6_000) })).rejects.toMatchObject({ code: 'mailbox_full' });
    await say(coder, 'scout', { body: 'short' });
  });

  test('a sender has a burst and a refill rate; the operator has no limit', async () => {
    await hive.close();
    hive = openTestHive(undefined, { broker: { send_burst: 2, send_per_minute: 60 } });
    await say(manager, 'scout');
    await say(manager, 'coder');
    await expect(say(manager, 'scout')).rejects.toMatchObject({
      code: 'rate_exceeded',
      details: { retryAfterMs: 1_000 },
    });
    await say(scout, 'coder');
    for (let n = 0; n < 5; n += 1) await say('operator', 'scout');
    hive.time.now += 1_000;
    await say(manager, 'scout');
  });
});

test('a broadcast to many recipients costs more of the rate than a single message', async () => {
  await hive.close();
  const crowd = Array.from({ length: 40 }, (_, n) => `agent-${n}`);
  hive = openTestHive(['manager', ...crowd], { broker: { send_burst: 5, send_per_minute: 60 } });
  await say(manager, '*');
  await say(manager, 'agent-1');
  await expect(say(manager, 'agent-2')).rejects.toMatchObject({ code: 'rate_exceeded' });
});

test('an escalation is accepted by a mailbox that ordinary mail filled', async () => {
  await hive.close();
  hive = openTestHive(undefined, { broker: { mailbox_max_messages: 2 } });
  for (let n = 0; n < 2; n += 1) await say(scout, 'operator');
  await expect(say(coder, 'operator')).rejects.toMatchObject({ code: 'mailbox_full' });
  for (let n = 0; n < 2; n += 1) await say(coder, 'operator', { kind: 'escalation' });
  await expect(say(coder, 'operator', { kind: 'escalation' })).rejects.toMatchObject({ code: 'mailbox_full' });
});

describe('expiry', () => {
  test('mail that nobody reads in time expires; its sender is notified once', async () => {
    const sent = await say(manager, 'scout', { ttl_seconds: 10 });
    hive.time.now += 10_000;
    const harness = await hive.boot('scout');
    expect(await harness.wake()).toBeNull();
    await sweep();
    await sweep();
    expect(receiptsFor(hive, sent.id)).toMatchObject([{ state: 'expired', endedAt: hive.time.now }]);
    await say(coder, 'manager');
    expect(await mailOf('manager')).toMatchObject([
      { from: 'system', inReplyTo: sent.id, body: `Message #${sent.id} expired before scout read it.` },
      { from: 'coder' },
    ]);
    expect(heard('delivery.expired')).toEqual([{ messages: [sent.id] }]);
  });

  test('mail that a turn has leased does not expire while the turn runs', async () => {
    const sent = await say(manager, 'scout', { ttl_seconds: 10 });
    const harness = await hive.boot('scout');
    const turn = (await harness.wake())!;
    hive.time.now += 20_000;
    await sweep();
    expect(receiptsFor(hive, sent.id)).toMatchObject([{ state: 'leased' }]);
    await harness.finish(turn, 'done');
    expect(receiptsFor(hive, sent.id)).toMatchObject([{ state: 'done' }]);
  });
});

test('mailbox counts stay correct through every state change of a delivery', async () => {
  const harness = await hive.boot('scout');
  await say(manager, 'scout', { body: 'ab' });
  await say(coder, 'scout', { body: 'cdé', ttl_seconds: 10 });
  const fill = () => hive.db.prepare("SELECT queued, bytes, dead FROM mailboxes WHERE owner = 'scout'").get();
  expect(fill()).toEqual({ queued: 2, bytes: 6, dead: 0 });
  const turn = (await harness.wake())!;
  expect(fill()).toEqual({ queued: 0, bytes: 0, dead: 0 });
  await harness.finish(turn, 'interrupted');
  expect(fill()).toEqual({ queued: 2, bytes: 6, dead: 0 });
  hive.time.now += 10_000;
  await sweep();
  expect(fill()).toEqual({ queued: 1, bytes: 2, dead: 0 });
  expect(findAgent(hive.db, 'scout')?.quietUntil).toBeNull();
});
