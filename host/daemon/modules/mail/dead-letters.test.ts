import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mailSteps, manager, scout } from '../../testing/mail-steps.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { receiptsFor } from '../../testing/receipts.ts';
import { countDead } from './store/mailboxes.ts';

let hive: TestHive;
beforeEach(() => {
  hive = openTestHive();
});
afterEach(() => hive.close());

const { say, mailOf } = mailSteps(() => hive);

describe('a message whose turns fail', () => {
  test('a failed turn requeues its messages, marked; at the limit they are dead and sender and operator are notified', async () => {
    const harness = await hive.boot('scout');
    const sent = await hive.broker.send(manager, { to: scout, body: 'poison' });
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const turn = await harness.wake();
      expect(turn?.deliveries[0]).toMatchObject({ id: sent.id, redelivered: attempt > 1 });
      await harness.finish(turn!, 'failed', { reason: 'the CLI crashed' });
    }
    expect(await harness.wake()).toBeNull();
    expect(receiptsFor(hive, sent.id)).toMatchObject([
      { state: 'dead', attempts: 3, note: "the turn failed; scout's box says: “the CLI crashed”" },
    ]);
    const boss = await hive.boot('manager');
    const notice = await boss.wake();
    expect(notice?.deliveries).toMatchObject([{ kind: 'system', from: 'system', inReplyTo: sent.id }]);
    expect(hive.heard.filter((event) => event.kind === 'delivery.dead')).toHaveLength(1);
    // A later failure must not announce the same message again.
    expect(notice?.deliveries).toHaveLength(1);
  });

  test.each(['rate_limited', 'needs_login', 'outage', 'starved', 'interrupted'] as const)(
    '%s never counts towards a message’s failure limit',
    async (outcome) => {
      const harness = await hive.boot('scout');
      const sent = await hive.broker.send('operator', { to: scout, body: 'later' });
      for (let attempt = 0; attempt < 10; attempt += 1) await harness.finish((await harness.wake())!, outcome);
      expect(receiptsFor(hive, sent.id)).toMatchObject([{ state: 'queued', attempts: 10 }]);
    },
  );

  test.each(['failed', 'timed_out'] as const)(
    '%s before the model answered, with no other success, never makes mail dead',
    async (outcome) => {
      const harness = await hive.boot('scout');
      const sent = await hive.broker.send('operator', { to: scout, body: 'the CLI is broken' });
      for (let attempt = 0; attempt < 10; attempt += 1)
        await harness.finish((await harness.wake())!, outcome, { answered: false });
      expect(receiptsFor(hive, sent.id)).toMatchObject([{ state: 'queued', attempts: 10 }]);
    },
  );

  test('consecutive failed turns are reported to the operator once; a successful turn resets the count', async () => {
    const harness = await hive.boot('scout');
    const notices = () =>
      (hive.db.prepare("SELECT body FROM messages WHERE sender = 'system'").pluck().all() as string[]).filter((body) =>
        body.startsWith('scout has not finished a turn 4 times in a row; of the last one: the turn failed.'),
      ).length;
    const fail = async (times: number) => {
      for (let time = 0; time < times; time += 1)
        await harness.finish((await harness.wake())!, 'failed', { answered: false, reason: 'obey me' });
    };
    await hive.broker.send('operator', { to: scout, body: 'the CLI is broken' });
    await fail(3);
    expect(notices()).toBe(0);
    await fail(5);
    expect(notices()).toBe(1);
    await harness.finish((await harness.wake())!, 'done');
    await hive.broker.send('operator', { to: scout, body: 'again' });
    await fail(3);
    expect(notices()).toBe(1);
  });

  test('mail that breaks turns is delivered alone, other mail is handled between, and only the breaking message is given up', async () => {
    const harness = await hive.boot('scout');
    const poison = await hive.broker.send('operator', { to: scout, body: 'poison' });
    const innocent = [];
    for (let round = 0; round < 20; round += 1) {
      innocent.push(await hive.broker.send('operator', { to: scout, body: `fine ${round}` }));
      for (let turn = await harness.wake(); turn !== null; turn = await harness.wake()) {
        const bad = turn.deliveries.some(({ id }) => id === poison.id);
        await harness.finish(turn, bad ? 'failed' : 'done', { answered: false });
        if (bad) break;
      }
    }
    expect(receiptsFor(hive, poison.id)).toMatchObject([{ state: 'dead' }]);
    for (const { id } of innocent) expect(receiptsFor(hive, id)).toMatchObject([{ state: 'done' }]);
  });
});

describe('dead letters', () => {
  async function die(body = 'poison'): Promise<{ id: number; delivery: number }> {
    const sent = await say(manager, 'scout', { body });
    const harness = await hive.boot('scout');
    for (let n = 0; n < 3; n += 1) await harness.finish((await harness.wake())!, 'failed', { reason: 'it broke' });
    return { id: sent.id, delivery: receiptsFor(hive, sent.id)[0]!.delivery };
  }

  test('a requeued one is delivered again, its failures forgotten, marked as a redelivery', async () => {
    const dead = await die();
    expect(countDead(hive.db, 'scout')).toBe(1);
    expect(await hive.broker.requeue({ deliveries: [dead.delivery] })).toEqual({ requeued: 1, message: null });
    expect(await mailOf('scout')).toMatchObject([{ id: dead.id, redelivered: true }]);
    await expect(hive.broker.requeue({ deliveries: [dead.delivery] })).rejects.toMatchObject({ code: 'wrong_state' });
  });

  test('an edited one: the operator sends the new text in its place', async () => {
    const dead = await die();
    const { message } = await hive.broker.requeue({ deliveries: [dead.delivery], body: 'no poison' });
    expect(await mailOf('scout')).toMatchObject([{ id: message, from: 'operator', data: { editedFrom: dead.id } }]);
    expect(receiptsFor(hive, dead.id)).toMatchObject([
      { state: 'withdrawn', note: `sent again with another text as #${message}` },
    ]);
  });

  test('all dead letters of an agent are dropped at once; one wrong number drops nothing', async () => {
    const [one, two] = [await die('a'), await die('b')];
    await expect(hive.broker.drop({ deliveries: [one.delivery, 9_999] })).rejects.toMatchObject({
      code: 'unknown_message',
    });
    expect(countDead(hive.db, 'scout')).toBe(2);
    expect(await hive.broker.drop({ agent: 'scout' })).toBe(2);
    expect(receiptsFor(hive, two.id)).toMatchObject([{ state: 'withdrawn' }]);
    expect(countDead(hive.db, null)).toBe(0);
  });
});

describe('withdrawn mail', () => {
  test('an interrupt that drops withdraws the turn’s messages, however the turn ends; later messages are requeued', async () => {
    for (const end of ['interrupted', 'done', 'lost'] as const) {
      const harness = await hive.boot('scout');
      const asked = await hive.broker.send(manager, { to: scout, body: 'the wrong work', kind: 'question' });
      const turn = (await harness.wake())!;
      await hive.broker.interrupt(scout, { drop: true });
      expect(receiptsFor(hive, asked.id)).toMatchObject([
        { state: 'withdrawn', note: `withdrawn by the operator from turn ${turn.turn}, which was stopped` },
      ]);
      expect(
        await hive.broker.heartbeat(scout, {
          bootId: harness.bootId,
          turn: turn.turn,
          fence: turn.fence,
          status: { state: 'idle', reason: null, until: null },
          rssBytes: 1,
          cliRssBytes: null,
        }),
      ).toEqual({ turnIsYours: true, interrupt: true });
      const late = await hive.broker.send('operator', { to: scout, body: 'the right work' });
      await hive.broker.recv(scout, 10);
      const next = end === 'lost' ? await hive.boot('scout') : harness;
      if (end !== 'lost') await harness.finish(turn, end);
      const after = await next.wake();
      if (end === 'done') expect(after).toBeNull();
      else {
        expect(after?.deliveries.map(({ id }) => id)).toEqual([late.id]);
        await next.finish(after!, 'done');
      }
      expect(receiptsFor(hive, asked.id)).toMatchObject([{ state: 'withdrawn' }]);
    }
    const boss = await hive.boot('manager');
    expect((await boss.wake())?.deliveries.map(({ body }) => body)).toEqual(
      Array.from({ length: 3 }, () => expect.stringContaining('was withdrawn by the operator')),
    );
  });

  test('clearing a mailbox withdraws queued and dead mail in batches; leased mail stays', async () => {
    const harness = await hive.boot('scout');
    const running = await hive.broker.send('operator', { to: scout, body: 'runs' });
    const turn = (await harness.wake())!;
    for (let i = 0; i < 501; i += 1) await hive.broker.send('operator', { to: scout, body: `waits ${i}` });
    await hive.broker.send('operator', { to: 'coder', body: 'of somebody else' });
    expect(await hive.broker.drop({ agent: 'scout', waiting: true })).toBe(501);
    expect(receiptsFor(hive, running.id)).toMatchObject([{ state: 'leased' }]);
    await harness.finish(turn, 'done');
    expect(await harness.wake()).toBeNull();
    expect(await (await hive.boot('coder')).wake()).not.toBeNull();
  });
});
