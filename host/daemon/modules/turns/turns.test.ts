import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FinishInput } from '../../../../protocol/schemas/harness.ts';
import { manager, scout } from '../../testing/mail-steps.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { receiptsFor } from '../../testing/receipts.ts';
import { findAgent } from '../agents/store/agents.ts';
import { DEFAULT_PROVIDER } from '../../../../protocol/providers.ts';

let hive: TestHive;
beforeEach(() => {
  hive = openTestHive();
});
afterEach(() => hive.close());

describe('a message and its turn', () => {
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
  async function startWaiting(harness: Awaited<ReturnType<TestHive['boot']>>) {
    const turn = harness.wake(10_000);
    await new Promise((resolve) => setImmediate(resolve));
    return { turn };
  }

  test('a waiting harness’s turn is on disk with its messages: one commit, one turn for all that share it', async () => {
    const harness = await hive.boot('scout');
    const { turn } = await startWaiting(harness);
    const sent = await Promise.all(['a', 'b', 'c'].map((body) => hive.broker.send('operator', { to: scout, body })));
    for (const { id } of sent) expect(receiptsFor(hive, id)).toMatchObject([{ state: 'leased' }]);
    expect((await turn)?.deliveries.map(({ body }) => body)).toEqual(['a', 'b', 'c']);
  });

  test('a refused message begins no turn, and a turn that cannot begin does not lose its message', async () => {
    const harness = await hive.boot('scout');
    const { turn } = await startWaiting(harness);
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
    for (const name of names) waiting.push(await startWaiting(await hive.boot(name)));
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
    const limit = { agent: scout, provider: DEFAULT_PROVIDER, modelClass: null, kind: 'rate', until } as const;
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
      hive.mail.post(tx, {
        sender: 'system',
        kind: 'system',
        notice: 'rebuild',
        to: 'scout',
        body: 'you were rebuilt',
      }),
    );
    hive.time.now += 1_000;
    expect(await waiting).toBeNull();
    const fresh = await hive.boot('scout', 2);
    const turn = await fresh.wake();
    expect(turn?.deliveries).toMatchObject([{ kind: 'system', body: 'you were rebuilt', redelivered: false }]);
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

describe('a message that makes conversations unusable', () => {
  const spent = { cause: 'conversation_spent', reason: 'Could not process image', answered: false } as const;

  test('is given up after two fresh conversations that it ended alone, with the reason; the others go on', async () => {
    const harness = await hive.boot('scout');
    const poison = await hive.broker.send('operator', { to: scout, body: 'look at the picture' });
    const other = await hive.broker.send(manager, { to: scout, body: 'and this' });
    const states = () => [poison.id, other.id].map((id) => receiptsFor(hive, id)[0]?.state);
    const seen: number[][] = [];
    // Fresh conversations, with both messages and then with each by itself.
    for (let turns = 0; turns < 6 && states().includes('queued'); turns += 1) {
      const turn = (await harness.wake())!;
      const ids = turn.deliveries.map(({ id }) => id);
      seen.push(ids);
      if (ids.includes(poison.id)) await harness.finish(turn, 'failed', spent);
      else await harness.finish(turn, 'done', { sessionId: 's' });
    }
    expect(seen[0]).toEqual([poison.id, other.id]);
    expect(states()).toEqual(['dead', 'done']);
    expect(seen.filter((ids) => ids.includes(poison.id)).length).toBeLessThanOrEqual(3);
    expect(receiptsFor(hive, poison.id)[0]?.note).toMatch(
      /^it makes conversations unusable: .*Could not process image/,
    );
  });

  test('an old conversation that is spent counts against nobody', async () => {
    const harness = await hive.boot('scout');
    await hive.broker.send('operator', { to: scout, body: 'hello' });
    await harness.finish((await harness.wake())!, 'done', { sessionId: 'old' });
    const sent = await hive.broker.send('operator', { to: scout, body: 'go on' });
    await harness.finish((await harness.wake())!, 'failed', spent);
    expect(hive.db.prepare('SELECT failures FROM deliveries WHERE message_id = ?').pluck().get(sent.id)).toBe(0);
  });
});

test('an agent without progress is held once, and the operator is told; mail and turns wait for the release', async () => {
  const harness = await hive.boot('scout');
  const sent = await hive.broker.send('operator', { to: scout, body: 'work' });
  const turn = (await harness.wake())!;
  const stuck = 'It called “Bash” 16 times.';
  for (let told = 0; told < 2; told += 1)
    await harness.finish(turn, 'interrupted', { cause: 'no_progress', stuck, reason: stuck });
  expect(hive.heard.filter(({ kind }) => kind === 'agent.held')).toMatchObject([
    { agent: 'scout', data: { kind: 'stuck', by: 'the hive', reason: stuck } },
  ]);
  const notices = hive.heard.filter(({ kind, data }) => kind === 'message.sent' && data['from'] === 'system');
  expect(notices).toHaveLength(1);
  expect(notices[0]?.data['preview']).toContain('scout is stuck');
  expect(receiptsFor(hive, sent.id)).toMatchObject([{ state: 'queued' }]);
  expect(await harness.wake()).toBeNull();
  await hive.turns.lift(scout, ['stuck'], 'hivectl');
  expect((await harness.wake())?.deliveries).toMatchObject([{ id: sent.id, redelivered: true }]);
});

test('a harness of an older build gets no fields that it does not know', async () => {
  const spec = { ...findAgent(hive.db, 'scout')!.spec, turnToolCalls: 5, projects: { web: 'read' } };
  hive.db.prepare('UPDATE agents SET spec = ? WHERE name = ?').run(JSON.stringify(spec), 'scout');
  const hello = { generation: 1, harnessVersion: 'test', pid: 1 };
  const old = await hive.broker.hello(scout, { ...hello, bootId: crypto.randomUUID() });
  expect([old.stuck, old.spec.turnToolCalls]).toEqual([undefined, undefined]);
  const now = await hive.broker.hello(scout, { ...hello, bootId: crypto.randomUUID(), contract: 2 });
  expect(now).toMatchObject({ stuck: { repeats: 8 }, spec: { turnToolCalls: 5 } });
  expect(now.spec.projects).toBeUndefined();
  const newest = await hive.broker.hello(scout, { ...hello, bootId: crypto.randomUUID(), contract: 4 });
  expect(newest.spec.projects).toEqual({ web: 'read' });
});
