import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import { mailSteps, manager, scout } from '../../testing/mail-steps.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';

let hive: TestHive;
beforeEach(() => {
  hive = openTestHive();
});
afterEach(() => hive.close());

const { say } = mailSteps(() => hive);

describe('addresses and replies', () => {
  test('a reply to an unknown message is refused to the operator, who sees all, and starts a new thread for an agent', async () => {
    await expect(hive.broker.send('operator', { to: scout, body: 'hi', in_reply_to: 99 })).rejects.toMatchObject({
      code: 'unknown_message',
    });
    await hive.boot('scout');
    const sent = await hive.broker.send(scout, { to: manager, body: 'hi', in_reply_to: 99 });
    expect(sent.thread).toBe(sent.id);
  });

  test('an unknown name is refused with the nearest existing names, and nothing is stored', async () => {
    await expect(hive.broker.send('operator', { to: 'scuot' as AgentName, body: 'x' })).rejects.toMatchObject({
      code: 'unknown_agent',
      message: expect.stringContaining('"scout"') as string,
    });
    expect(hive.db.prepare('SELECT COUNT(*) AS n FROM messages').get()).toEqual({ n: 0 });
  });

  test('a message to oneself is refused', async () => {
    await expect(hive.broker.send(scout, { to: scout, body: 'x' })).rejects.toMatchObject({ code: 'message_to_self' });
  });

  test('a broadcast reaches all but its sender, and is marked as one', async () => {
    const { recipients } = await hive.broker.send(manager, { to: '*', body: 'all hands' });
    expect(recipients).toEqual(['coder', 'scout']);
    const harness = await hive.boot('scout');
    expect((await harness.wake())?.deliveries[0]?.broadcast).toBe(true);
  });

  test('a reply joins the thread; a reply to a message that the sender cannot see begins a new thread', async () => {
    const first = await hive.broker.send('operator', { to: scout, body: 'question' });
    const reply = await hive.broker.send(scout, { to: 'operator', body: 'answer', in_reply_to: first.id });
    expect(reply.thread).toBe(first.id);
    const probe = await hive.broker.send('coder' as AgentName, {
      to: 'operator',
      body: 'me too',
      in_reply_to: first.id,
    });
    expect(probe.thread).toBe(probe.id);
  });

  test('the operator sees every thread and may write into any', async () => {
    const between = await hive.broker.send(manager, { to: scout, body: 'among us' });
    const stepIn = await hive.broker.send('operator', { to: scout, body: 'a word', in_reply_to: between.id });
    expect(stepIn.thread).toBe(between.id);
  });

  test('the same key twice is one message; with different content it is refused', async () => {
    const once = await hive.broker.send('operator', { to: scout, body: 'pay', key: 'k1' });
    const twice = await hive.broker.send('operator', { to: scout, body: 'pay', key: 'k1' });
    expect(twice).toEqual({ ...once, duplicate: true });
    await expect(hive.broker.send('operator', { to: scout, body: 'pay more', key: 'k1' })).rejects.toMatchObject({
      code: 'key_conflict',
    });
  });
});

describe('concurrent sends', () => {
  test('one refused message in a batch does not affect the others', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 40 }, (_, n) =>
        hive.broker.send('operator', { to: (n % 4 === 3 ? 'nobody' : 'scout') as AgentName, body: `m${n}` }),
      ),
    );
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(30);
    expect(hive.db.prepare('SELECT COUNT(*) AS n FROM deliveries').get()).toEqual({ n: 30 });
    const sent = hive.heard.filter((event) => event.kind === 'message.sent');
    expect(sent).toHaveLength(30);
    expect(sent.map((event) => event.seq)).toEqual(sent.map((event) => event.seq).toSorted((a, b) => a - b));
  });
});

test('a key dedupes for a day, and then may be used again', async () => {
  const first = await say(manager, 'scout', { key: 'k' });
  hive.time.now += 23 * 3_600_000;
  expect(await say(manager, 'scout', { key: 'k' })).toEqual({ ...first, duplicate: true });
  await expect(say(manager, 'scout', { key: 'k', priority: 'high' })).rejects.toMatchObject({ code: 'key_conflict' });
  await expect(say(manager, 'coder', { key: 'k' })).rejects.toMatchObject({ code: 'key_conflict' });
  hive.time.now += 3_600_000;
  expect((await say(manager, 'coder', { key: 'k' })).duplicate).toBe(false);
});
