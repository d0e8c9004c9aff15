import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import { viewMessage } from './store/messages.ts';
import { viewQuestion } from '../questions/store/questions.ts';
import { threadHead } from './store/threads.ts';
import { coder, mailSteps, manager, scout } from '../../testing/mail-steps.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { receiptsFor } from '../../testing/receipts.ts';

let hive: TestHive;
beforeEach(() => {
  hive = openTestHive();
});
afterEach(() => hive.close());

const { say, heard, sweep, mailOf } = mailSteps(() => hive);

describe('order', () => {
  test('critical before high before undeclared; operator and parent before siblings', async () => {
    await say(coder, 'scout', { body: 'from a sibling' });
    await say('operator', 'scout', { body: 'from the operator' });
    await say(coder, 'scout', { body: 'critical', priority: 'critical' });
    expect((await mailOf('scout')).map((one) => one.body)).toEqual(['critical', 'from the operator', 'from a sibling']);
  });

  test('older mail overtakes: low passes a fresh critical after thirty seconds', async () => {
    hive.addAgent('kid', 'coder');
    await say('kid' as AgentName, 'scout', { body: 'low', priority: 'low' });
    hive.time.now += 30_001;
    await say(coder, 'scout', { body: 'critical', priority: 'critical' });
    expect((await mailOf('scout')).map((one) => one.body)).toEqual(['low', 'critical']);
  });
});

describe('a busy agent', () => {
  async function busy() {
    const harness = await hive.boot('scout');
    await say('operator', 'scout', { body: 'work' });
    const turn = (await harness.wake())!;
    const known: number[] = turn.deliveries.map((one) => one.delivery);
    const urgent = (waitMs = 0) =>
      hive.broker.urgent(
        scout,
        { bootId: harness.bootId, turn: turn.turn, fence: turn.fence, waitMs, known },
        new AbortController().signal,
      );
    return { harness, turn, known, urgent };
  }

  test('urgent mail joins the running turn, once; the rest waits for its end', async () => {
    const { harness, turn, known, urgent } = await busy();
    const waiting = urgent(5_000);
    await say(manager, 'scout', { body: 'later' });
    const sent = await say(manager, 'scout', { body: 'stop that', priority: 'high' });
    const { messages } = await waiting;
    expect(messages).toMatchObject([{ id: sent.id, body: 'stop that' }]);
    expect(receiptsFor(hive, sent.id)).toMatchObject([{ state: 'leased', turn: turn.turn }]);
    // An answer that was lost is repeated; an answer that arrived is not.
    expect((await urgent()).messages).toMatchObject([{ id: sent.id }]);
    known.push(messages[0]!.delivery);
    expect((await urgent()).messages).toEqual([]);
    await harness.finish(turn, 'done');
    expect(receiptsFor(hive, sent.id)).toMatchObject([{ state: 'done' }]);
    await expect(urgent()).rejects.toMatchObject({ code: 'stale_fence' });
    expect((await harness.wake())?.deliveries).toMatchObject([{ body: 'later' }]);
  });

  test('urgent mail cannot extend a turn for ever: what joins it is bounded', async () => {
    const { urgent, known, harness, turn } = await busy();
    for (let n = 0; n < 60; n += 1) await say(manager, 'scout', { priority: 'high' });
    const { messages } = await urgent();
    known.push(...messages.map((one) => one.delivery));
    expect(messages).toHaveLength(50);
    expect((await urgent()).messages).toEqual([]);
    await harness.finish(turn, 'done');
    expect((await harness.wake())?.deliveries).toHaveLength(10);
  });

  test('messages that joined a failed turn come back marked as redeliveries', async () => {
    const { harness, turn, urgent } = await busy();
    const sent = await say(manager, 'scout', { priority: 'critical' });
    await urgent();
    await harness.finish(turn, 'failed', { reason: 'broke' });
    expect((await harness.wake())?.deliveries.find((one) => one.id === sent.id)).toMatchObject({ redelivered: true });
  });

  test('do not disturb: only critical mail wakes, and the rest does when it ends', async () => {
    const harness = await hive.boot('scout');
    await hive.broker.setQuiet(scout, hive.time.now + 60_000, 'scout');
    await say('operator', 'scout', { body: 'small talk', priority: 'high' });
    expect(await harness.wake()).toBeNull();
    await say(manager, 'scout', { body: 'fire', priority: 'critical' });
    const turn = (await harness.wake())!;
    expect(turn.deliveries).toMatchObject([{ body: 'fire' }]);
    await harness.finish(turn, 'done');
    expect(await harness.wake()).toBeNull();
    hive.time.now += 60_001;
    expect((await harness.wake())?.deliveries).toMatchObject([{ body: 'small talk' }]);
  });
});

describe('questions', () => {
  test('an answer closes it and wakes the asker; a second answer is refused', async () => {
    const asked = await say(scout, 'operator', { kind: 'question', choices: ['yes', 'no'], body: 'May I?' });
    expect(viewQuestion(hive.db, asked.id)).toMatchObject({ state: 'open', asked: 'operator', choices: ['yes', 'no'] });
    await expect(hive.broker.answer({ to: 'scout', body: 'maybe', in_reply_to: asked.id })).rejects.toMatchObject({
      code: 'not_a_choice',
      message: expect.stringContaining('“yes”, “no”') as string,
    });
    await hive.broker.answer({ to: 'scout', body: 'Yes', in_reply_to: asked.id });
    expect(viewQuestion(hive.db, asked.id)).toMatchObject({
      state: 'answered',
      answer: { from: 'operator', body: 'Yes' },
    });
    expect(await mailOf('scout')).toMatchObject([{ kind: 'answer', inReplyTo: asked.id, body: 'Yes' }]);
    expect(receiptsFor(hive, asked.id)).toMatchObject([{ state: 'done' }]);
    await expect(hive.broker.answer({ to: 'scout', body: 'no', in_reply_to: asked.id })).rejects.toMatchObject({
      code: 'question_closed',
    });
  });

  test('a plain reply of the agent that was asked is the answer; a reply of anyone else is not', async () => {
    const asked = await say(scout, 'coder', { kind: 'question', body: 'Which port?' });
    await say('operator', 'scout', { in_reply_to: asked.id, body: 'ask coder' });
    expect(viewQuestion(hive.db, asked.id)).toMatchObject({ state: 'open' });
    await expect(say(manager, 'scout', { kind: 'answer', in_reply_to: asked.id })).rejects.toMatchObject({
      code: 'unknown_question',
    });
    await say(coder, 'scout', { in_reply_to: asked.id, body: '8080' });
    expect(viewQuestion(hive.db, asked.id)).toMatchObject({ state: 'answered', answer: { body: '8080' } });
  });

  test('at the deadline the default applies, or the question expires; the asker is notified either way', async () => {
    const settled = await say(scout, 'operator', {
      kind: 'question',
      deadline_seconds: 60,
      default: 'stay',
      body: 'Go?',
    });
    const open = await say(scout, 'coder', { kind: 'question', deadline_seconds: 60, body: 'Well?' });
    hive.time.now += 60_000;
    await sweep();
    expect(viewQuestion(hive.db, settled.id)).toMatchObject({ state: 'defaulted' });
    expect(viewQuestion(hive.db, open.id)).toMatchObject({ state: 'expired' });
    expect((await mailOf('scout')).map((one) => one.body)).toEqual([
      expect.stringContaining('Its default applies.'),
      expect.stringContaining('was not answered by its deadline'),
    ]);
    expect(receiptsFor(hive, open.id)).toMatchObject([{ state: 'expired' }]);
  });

  test('a group cannot be asked, and nothing is stored', async () => {
    await expect(say(manager, '*', { kind: 'question' })).rejects.toMatchObject({ code: 'invalid_input' });
    expect(hive.db.prepare('SELECT COUNT(*) AS n FROM deliveries').get()).toEqual({ n: 0 });
  });

  test('an escalation goes to the parent, and its severity is its priority', async () => {
    const sent = await say(scout, '@parent', { kind: 'escalation', severity: 'critical', body: 'the disk is on fire' });
    expect(viewMessage(hive.db, sent.id)).toMatchObject({ kind: 'escalation', data: { severity: 'critical' } });
    await expect(say(scout, 'coder', { kind: 'escalation' })).rejects.toMatchObject({ code: 'invalid_input' });
  });
});

describe('two agents that thank each other', () => {
  /** Each agent answers the other's message and does no other work. */
  async function thankEachOther(times: number): Promise<string[]> {
    const notes: string[] = [];
    const harnesses = { scout: await hive.boot('scout'), coder: await hive.boot('coder') };
    let last = await say(scout, 'coder', { body: 'Here is the report. Thank you for your help!' });
    for (let n = 0; n < times; n += 1) {
      const [from, to] = n % 2 === 0 ? [coder, scout] : [scout, coder];
      const turn = await harnesses[from as 'scout' | 'coder'].wake();
      if (turn === null) {
        hive.time.now += 60_000;
        await sweep();
        continue;
      }
      last = await say(from, to, { in_reply_to: last.id, body: 'You are very welcome, thank you so much as well!' });
      await harnesses[from as 'scout' | 'coder'].finish(turn, 'done', { toolCalls: 1 });
      notes.push(last.note ?? '');
      hive.time.now += 2_000;
    }
    return notes;
  }

  test('are slowed down, then paused; the operator is asked and resumes them', async () => {
    const notes = await thankEachOther(40);
    expect(notes.filter((note) => note !== '').length).toBeGreaterThan(1);
    expect(notes.length).toBeLessThan(13);
    const [paused] = heard('thread.paused') as { thread: number; question: number; why: string }[];
    expect(heard('thread.paused')).toHaveLength(1);
    expect(threadHead(hive.db, paused!.thread)).toMatchObject({ state: 'paused', why: paused!.why });
    expect(viewQuestion(hive.db, paused!.question)).toMatchObject({
      asked: 'operator',
      choices: ['go on', 'close it'],
    });
    const held = hive.db
      .prepare("SELECT message_id AS id FROM deliveries WHERE held_until IS NOT NULL AND state = 'queued'")
      .all() as { id: number }[];
    expect(receiptsFor(hive, held[0]!.id)[0]).toMatchObject({ state: 'queued', note: paused!.why });
    await hive.broker.answer({ to: 'operator', body: 'go on', in_reply_to: paused!.question });
    expect(threadHead(hive.db, paused!.thread)).toMatchObject({ state: 'open' });
    expect(receiptsFor(hive, held[0]!.id)[0]).toMatchObject({ heldUntil: null });
    expect([...(await mailOf('scout')), ...(await mailOf('coder'))].length).toBeGreaterThan(0);
  });

  test('nothing overtakes a delayed message', async () => {
    let [from, to] = [scout, coder];
    let sent = await say(from, to, { body: 'Thank you so much!' });
    while (sent.note === undefined) {
      [from, to] = [to, from];
      sent = await say(from, to, { body: 'Thank you so much!' });
    }
    const [slowed] = receiptsFor(hive, sent.id);
    expect(slowed?.heldUntil).toBeGreaterThan(hive.time.now);
    const next = await say(from, to, { body: 'One more thing.' });
    expect(receiptsFor(hive, next.id)).toMatchObject([{ heldUntil: slowed?.heldUntil }]);
  });

  test('the operator closes the pair: held messages are withdrawn and the thread takes no replies', async () => {
    await thankEachOther(40);
    const [paused] = heard('thread.paused') as { thread: number; question: number }[];
    await hive.broker.answer({ to: 'operator', body: 'close it', in_reply_to: paused!.question });
    expect(heard('delivery.withdrawn')).toHaveLength(1);
    await expect(say(scout, 'coder', { in_reply_to: paused!.thread })).rejects.toMatchObject({ code: 'thread_closed' });
    expect((await say(scout, 'coder', { body: 'a new matter' })).note).toBeUndefined();
  });

  test('opening the thread has the same effect as answering the question', async () => {
    await thankEachOther(40);
    const [paused] = heard('thread.paused') as { thread: number; question: number }[];
    expect(await hive.broker.setThread(paused!.thread, 'open')).toMatchObject({ state: 'open' });
    expect(viewQuestion(hive.db, paused!.question)).toMatchObject({ state: 'withdrawn' });
  });

  test('two agents that work between their messages are not damped', async () => {
    const harnesses = { scout: await hive.boot('scout'), coder: await hive.boot('coder') };
    await say(scout, 'coder', { body: 'Step 0' });
    for (let n = 1; n < 40; n += 1) {
      const [from, to] = n % 2 === 1 ? [coder, scout] : [scout, coder];
      const harness = harnesses[from as 'scout' | 'coder'];
      const turn = (await harness.wake())!;
      const sent = await say(from, to, { body: `Result ${n}: ${'abcdefghij'.repeat(n)} is done, now do ${n * 7}` });
      expect(sent.note).toBeUndefined();
      hive.time.now += 1_000;
      await harness.finish(turn, 'done', { toolCalls: 3, workCalls: 2 });
      hive.time.now += 1_000;
    }
  });
});

describe('threads', () => {
  test('a closed thread refuses replies and accepts new ones when it is opened again', async () => {
    const first = await say(manager, 'scout', { body: 'About the door\nIt squeaks.' });
    const reply = await say(scout, 'manager', { in_reply_to: first.id });
    expect(await hive.broker.setThread(reply.id, 'closed')).toMatchObject({
      id: first.id,
      subject: 'About the door',
      state: 'closed',
      messages: 2,
      participants: ['manager', 'scout'],
    });
    await expect(say(scout, 'manager', { in_reply_to: first.id })).rejects.toMatchObject({ code: 'thread_closed' });
    await hive.broker.setThread(first.id, 'open');
    await say(scout, 'manager', { in_reply_to: first.id });
  });

  test('a reply to an id that does not exist yet starts a thread of its own: replies cannot form a ring', async () => {
    const sent = await say(manager, 'scout', { in_reply_to: 2 });
    expect(viewMessage(hive.db, sent.id)).toMatchObject({ thread: sent.id, inReplyTo: null });
  });
});
