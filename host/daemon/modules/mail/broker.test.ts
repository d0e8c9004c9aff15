import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import type { FinishInput } from '../../../../protocol/schemas/harness.ts';
import { receiptsFor } from '../../testing/receipts.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { findAgent } from '../agents/store/agents.ts';

let hive: TestHive;
beforeEach(() => {
  hive = openTestHive();
});
afterEach(() => hive.close());

const scout = 'scout' as AgentName;
const manager = 'manager' as AgentName;

describe('a message and its turn', () => {
  test('a reply to an unknown message is refused to the operator, who sees all, and starts a new thread for an agent', async () => {
    await expect(hive.broker.send('operator', { to: scout, body: 'hi', in_reply_to: 99 })).rejects.toMatchObject({
      code: 'unknown_message',
    });
    await hive.boot('scout');
    const sent = await hive.broker.send(scout, { to: manager, body: 'hi', in_reply_to: 99 });
    expect(sent.thread).toBe(sent.id);
  });

  test('a waiting harness gets the message in a turn, and the turn’s success makes it done', async () => {
    const harness = await hive.boot('scout');
    const waiting = harness.wake(10_000);
    const sent = await hive.broker.send('operator', { to: scout, body: 'hello scout' });
    const turn = await waiting;
    expect(turn?.deliveries).toMatchObject([
      { id: sent.id, from: 'operator', body: 'hello scout', redelivered: false },
    ]);
    expect(receiptsFor(hive, sent.id)).toMatchObject([{ recipient: 'scout', state: 'leased', turn: turn?.turn }]);
    await harness.finish(turn!, 'done');
    expect(receiptsFor(hive, sent.id)).toMatchObject([{ state: 'done', attempts: 1 }]);
    expect(await harness.wake()).toBeNull();
  });

  /** Starts a wake that waits, because there is no mail yet. */
  async function lie(harness: Awaited<ReturnType<TestHive['boot']>>) {
    const turn = harness.wake(10_000);
    await new Promise((resolve) => setImmediate(resolve));
    return { turn };
  }

  test('a waiting harness’s turn is on disk with its messages: one commit, one turn for all that share it', async () => {
    const harness = await hive.boot('scout');
    const { turn } = await lie(harness);
    const sent = await Promise.all(['a', 'b', 'c'].map((body) => hive.broker.send('operator', { to: scout, body })));
    for (const { id } of sent) expect(receiptsFor(hive, id)).toMatchObject([{ state: 'leased' }]);
    expect((await turn)?.deliveries.map(({ body }) => body)).toEqual(['a', 'b', 'c']);
  });

  test('a refused message begins no turn, and a turn that cannot begin does not lose its message', async () => {
    const harness = await hive.boot('scout');
    const { turn } = await lie(harness);
    await expect(
      hive.writer.write((tx) => {
        hive.mail.post(tx, { sender: 'operator', to: scout, body: 'undone' });
        throw new Error('something after it broke');
      }),
    ).rejects.toThrow('something after it broke');
    expect(hive.db.prepare('SELECT COUNT(*) FROM turns').pluck().get()).toBe(0);
    hive.db.exec("CREATE TRIGGER no_turn BEFORE INSERT ON turns BEGIN SELECT RAISE(ABORT, 'no turn today'); END");
    const failed = expect(turn).rejects.toThrow('no turn today');
    const { id } = await hive.broker.send('operator', { to: scout, body: 'kept' });
    expect(receiptsFor(hive, id)).toMatchObject([{ state: 'queued' }]);
    await failed;
    expect(hive.effectErrors.splice(0).map(String)).toEqual(['SqliteError: no turn today']);
    hive.db.exec('DROP TRIGGER no_turn');
    expect((await harness.wake())?.deliveries).toMatchObject([{ id }]);
  });

  test('a message to many is not delayed by their turns: those begin after its commit', async () => {
    const names = Array.from({ length: 9 }, (_, n) => `many-${n}`);
    for (const name of names) hive.addAgent(name);
    const waiting = [];
    for (const name of names) waiting.push(await lie(await hive.boot(name)));
    const { id } = await hive.broker.send(manager, { to: '@role:many-0', body: 'to one' });
    expect(receiptsFor(hive, id)).toMatchObject([{ state: 'leased' }]);
    const all = await hive.broker.send(manager, { to: '*', body: 'to all' });
    expect(new Set(receiptsFor(hive, all.id).map(({ state }) => state))).toEqual(new Set(['queued']));
    for (const { turn } of waiting) expect(await turn).not.toBeNull();
  });

  test('the same turn is offered again when the answer that offered it was lost', async () => {
    const harness = await hive.boot('scout');
    await hive.broker.send('operator', { to: scout, body: 'once' });
    const first = await harness.wake();
    const again = await harness.wake();
    expect(again).toEqual(first);
  });

  test('a message stored between checking the mailbox and waiting for a wake is not lost', async () => {
    const harness = await hive.boot('scout');
    // Both start in the same tick, so the mailbox check and the message share one commit.
    for (let round = 0; round < 50; round += 1) {
      const [turn] = await Promise.all([
        harness.wake(5_000),
        hive.broker.send('operator', { to: scout, body: `n ${round}` }),
      ]);
      expect(turn?.deliveries).toHaveLength(1);
      await harness.finish(turn!, 'done');
    }
  });

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

  test('a parked agent gets nothing before its time, unless the operator releases it', async () => {
    const harness = await hive.boot('scout');
    await hive.broker.send('operator', { to: scout, body: 'wait' });
    const turn = await harness.wake();
    await harness.finish(turn!, 'rate_limited', { notBefore: hive.time.now + 60_000 });
    expect(await harness.wake()).toBeNull();
    hive.time.now += 60_001;
    const later = await harness.wake();
    await harness.finish(later!, 'rate_limited', { notBefore: hive.time.now + 60_000 });
    await hive.broker.unpark(scout);
    expect(await harness.wake()).not.toBeNull();
  });
});

describe('the holder of a turn', () => {
  test('a new boot releases the leases of the old one, marked as a redelivery', async () => {
    const old = await hive.boot('scout');
    const sent = await hive.broker.send('operator', { to: scout, body: 'survive' });
    const turn = await old.wake();
    const fresh = await hive.boot('scout');
    await expect(old.wake()).rejects.toMatchObject({ code: 'stale_boot' });
    const again = await fresh.wake();
    expect(again?.deliveries).toMatchObject([{ id: sent.id, redelivered: true }]);
    await expect(old.finish(turn!, 'done')).rejects.toMatchObject({ code: 'stale_fence' });
    expect(receiptsFor(hive, sent.id)).toMatchObject([{ state: 'leased', turn: again?.turn }]);
  });

  test('finishing a turn after its lease ran out is refused', async () => {
    const harness = await hive.boot('scout');
    const sent = await hive.broker.send('operator', { to: scout, body: 'slow' });
    const turn = await harness.wake();
    hive.time.now += 60_001;
    await hive.turns.expireLeases(hive.time.now);
    await expect(harness.finish(turn!, 'done')).rejects.toMatchObject({ code: 'stale_fence' });
    expect(receiptsFor(hive, sent.id)).toMatchObject([{ state: 'queued' }]);
  });

  test('a heartbeat renews the lease', async () => {
    const harness = await hive.boot('scout');
    await hive.broker.send('operator', { to: scout, body: 'long work' });
    const turn = await harness.wake();
    const status = { state: 'working' as const, reason: null, until: null };
    for (let beat = 0; beat < 5; beat += 1) {
      hive.time.now += 40_000;
      const answer = await hive.broker.heartbeat(scout, {
        bootId: harness.bootId,
        turn: turn!.turn,
        fence: turn!.fence,
        status,
        rssBytes: null,
        cliRssBytes: null,
      });
      expect(answer).toEqual({ turnIsYours: true, interrupt: false });
      await hive.turns.expireLeases(hive.time.now);
    }
    await harness.finish(turn!, 'done');
  });

  test('a heartbeat reports when the usage limit that the gateway saw in the running turn ends', async () => {
    const harness = await hive.boot('scout');
    await hive.broker.send('operator', { to: scout, body: 'x' });
    const until = hive.time.now + 600_000;
    const limit = { agent: scout, provider: 'openai', modelClass: null, kind: 'rate', until } as const;
    hive.limits.hear({ ...limit, at: hive.time.now - 1 });
    const turn = await harness.wake();
    const status = { state: 'working' as const, reason: null, until: null };
    const beat = (about: { turn: number | null; fence: number | null }) =>
      hive.broker.heartbeat(scout, { bootId: harness.bootId, ...about, status, rssBytes: null, cliRssBytes: null });
    const running = { turn: turn!.turn, fence: turn!.fence };
    expect(await beat(running)).toEqual({ turnIsYours: true, interrupt: false });
    hive.limits.hear({ ...limit, at: hive.time.now });
    expect(await beat(running)).toMatchObject({ limitedUntil: until });
    await harness.finish(turn!, 'rate_limited');
    expect(await beat({ turn: null, fence: null })).not.toHaveProperty('limitedUntil');
  });

  test('the session is continued until a turn ends without one', async () => {
    const harness = await hive.boot('scout');
    for (const sessionId of ['s1', null]) {
      await hive.broker.send('operator', { to: scout, body: 'x' });
      await harness.finish((await harness.wake())!, 'done', { sessionId });
      expect(findAgent(hive.db, 'scout')?.sessionId).toBe(sessionId);
    }
  });

  test('a dropped session is reported once, with its cause, after the end of its turn', async () => {
    const harness = await hive.boot('scout');
    const turnWith = async (outcome: 'done' | 'failed', more: Partial<FinishInput>) => {
      await hive.broker.send('operator', { to: scout, body: 'x' });
      hive.time.now += 3_600_000;
      const turn = (await harness.wake())!;
      await harness.finish(turn, outcome, more);
      await harness.finish(turn, outcome, more);
      return turn.turn;
    };
    await turnWith('done', { sessionId: 's1' });
    await turnWith('failed', { sessionId: 's1', reason: 'a hiccup' });
    const dropping = await turnWith('failed', { sessionId: null, reason: 'Prompt is too long' });
    await turnWith('failed', { sessionId: null, reason: 'still' });
    await turnWith('done', { sessionId: 's2' });
    const replaced = await turnWith('done', { sessionId: 's3' });
    expect(hive.heard.filter(({ kind }) => kind === 'conversation.dropped').map(({ data }) => data)).toEqual([
      { turn: dropping, session: 's1', outcome: 'failed', reason: 'Prompt is too long' },
      { turn: replaced, session: 's2', outcome: 'done', reason: null },
    ]);
    const kinds = hive.heard.map(({ kind }) => kind);
    const at = kinds.indexOf('conversation.dropped');
    expect(kinds.slice(0, at).findLast((kind) => kind.startsWith('turn.'))).toBe('turn.finished');
  });

  test('finishing a turn twice is idempotent', async () => {
    const harness = await hive.boot('scout');
    await hive.broker.send('operator', { to: scout, body: 'x' });
    const turn = await harness.wake();
    await harness.finish(turn!, 'done');
    await harness.finish(turn!, 'done');
    expect(hive.heard.filter((event) => event.kind === 'turn.finished')).toHaveLength(1);
  });

  // Regression test for the failure that motivated this hive: the "rebuilt" message was marked delivered and
  // started no turn.
  test('the message about a rebuild is never leased to the box that is being replaced', async () => {
    const old = await hive.boot('scout', 1);
    const waiting = old.wake(300);
    await hive.rebuild('scout');
    await hive.writer.write((tx) =>
      hive.mail.post(tx, { sender: 'system', kind: 'system', to: 'scout', body: 'you were rebuilt' }),
    );
    hive.time.now += 1_000;
    expect(await waiting).toBeNull();
    const fresh = await hive.boot('scout', 2);
    const turn = await fresh.wake();
    expect(turn?.deliveries).toMatchObject([{ kind: 'system', body: 'you were rebuilt', redelivered: false }]);
  });
});

describe('addresses', () => {
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

  test('a turn takes the messages that fit, the next turn takes the rest', async () => {
    const harness = await hive.boot('scout');
    for (let n = 0; n < 60; n += 1) await hive.broker.send('operator', { to: scout, body: `m${n}` });
    const first = await harness.wake();
    expect(first?.deliveries).toHaveLength(50);
    expect(first?.waiting).toBe(10);
    const more = await hive.broker.recv(scout, 4);
    expect(more.messages.map((message) => message.body)).toEqual(['m50', 'm51', 'm52', 'm53']);
    await harness.finish(first!, 'done');
    expect((await harness.wake())?.deliveries).toHaveLength(6);
  });
});

describe('the spool', () => {
  test('resent events are stored once; events about another agent’s turn are skipped', async () => {
    const harness = await hive.boot('scout');
    const sent = await hive.broker.send('operator', { to: scout, body: 'x' });
    const turn = (await harness.wake())!;
    const at = hive.time.now;
    const events = [
      { seq: 1, at, kind: 'delivery.in_context' as const, data: { turn: turn.turn, messages: [sent.id] } },
      { seq: 2, at, kind: 'turn.text' as const, data: { turn: turn.turn, text: 'hi', truncated: false } },
      { seq: 3, at, kind: 'turn.text' as const, data: { turn: 999, text: 'forged', truncated: false } },
      { seq: 4, at, kind: 'turn.text' as const, data: { nonsense: true } },
    ];
    expect(await hive.broker.spool(scout, { bootId: harness.bootId, events })).toEqual({ acked: 4 });
    expect(await hive.broker.spool(scout, { bootId: harness.bootId, events })).toEqual({ acked: 4 });
    expect(hive.heard.filter((event) => event.kind === 'turn.text')).toHaveLength(1);
    expect(receiptsFor(hive, sent.id)[0]?.inContextAt).not.toBeNull();
  });
});

test('following the log gives every event once, in order, from any point, while more are recorded', async () => {
  const stop = new AbortController();
  const seen: number[] = [];
  for (let n = 0; n < 20; n += 1) await hive.broker.send('operator', { to: scout, body: `a${n}` });
  const following = (async () => {
    for await (const event of hive.events.follow({ after: 5, agent: null, keep: () => true }, stop.signal)) {
      seen.push(event.seq);
      if (event.seq === 1_040) stop.abort();
    }
  })();
  await Promise.all(
    Array.from({ length: 1_020 }, (_, n) => hive.broker.send('operator', { to: scout, body: `b${n}` })),
  );
  await following;
  expect(seen).toEqual(Array.from({ length: 1_035 }, (_, n) => n + 6));
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
