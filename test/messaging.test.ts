import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HiveEvent } from '../protocol/schemas/event.ts';
import { openTestHive, type TestHive } from './support/test-hive.ts';

// The broker's promises, with real boxes and the real CLI (its model is the hive's scripted one).
let hive: TestHive;
beforeAll(async () => {
  hive = await openTestHive({
    agents: ['manager', 'busy', 'asker', 'ann', 'bob', 'sleepy'],
    // Loops are slowed and paused as by default, with short delays: the test shows that they end.
    config: { broker: { loop_slow_hops: 8, loop_pause_hops: 9 } },
  });
  await hive.start();
  await hive.allIdle();
});
afterAll(() => hive.close());

const send = (to: string, body: string, more: Record<string, unknown> = {}) =>
  hive.admin.call('send', { to, body, ...more } as never);
const receiptOf = async (id: number, recipient: string) =>
  (await hive.admin.call('getMessage', { id })).message.receipts.find((one) => one.recipient === recipient);
/** The transcript, and with it this step of the receipt, comes by the spool: it may be later than the end of the turn. */
const seen = (id: number, recipient: string) =>
  hive.until(async () => (await receiptOf(id, recipient))?.inContextAt !== null, `${id} to be in context`);
const toolOf = (agent: string) => (event: HiveEvent) => event.kind === 'turn.tool_call' && event.agent === agent;
const call = (tool: string, input: unknown) => `@${tool} ${JSON.stringify(input)}`;

describe('mail for a busy agent', () => {
  test('urgent mail is in the context with the next tool result, and the tool is not ended', async () => {
    const work = await send('busy', call('Bash', { command: 'sleep 4; echo the-tool-ended-by-itself' }));
    await hive.event(toolOf('busy'));
    const urgent = await send('busy', 'new orders: stop after this', { priority: 'high' });
    const later = await send('busy', 'no hurry');
    await hive.until(async () => (await receiptOf(urgent.id, 'busy'))?.state === 'done', 'the turn to end');
    await seen(urgent.id, 'busy');

    const log = await hive.events();
    const [first, joined] = [await receiptOf(work.id, 'busy'), await receiptOf(urgent.id, 'busy')];
    expect(joined?.turn).toBe(first?.turn);
    const result = log.find((event) => event.kind === 'turn.tool_result' && event.agent === 'busy');
    expect(result?.data['text']).toContain('the-tool-ended-by-itself');
    // Leased while the tool ran; in the context when its result was.
    expect(joined?.leasedAt).toBeLessThan(result?.at ?? 0);
    expect(joined?.inContextAt).toBeGreaterThanOrEqual((result?.at ?? 0) - 1_000);
    const end = log.find((event) => event.kind === 'turn.finished' && event.data['turn'] === first?.turn);
    expect(end?.data['text']).toContain('stop after this');

    // Mail that is not urgent waits for the end of the turn.
    await hive.until(async () => (await receiptOf(later.id, 'busy'))?.state === 'done', 'the next turn');
    expect((await receiptOf(later.id, 'busy'))?.turn).not.toBe(first?.turn);
  });
});

test('a question is answered on the page’s surface, and the asker continues', async () => {
  const question = { to: 'operator', kind: 'question', body: 'Which colour?', choices: ['red', 'green'] };
  await send('asker', call('send', question));
  const [asked] = await hive.until(async () => {
    const { questions } = await hive.admin.call('listQuestions', {});
    return questions.length > 0 && questions;
  }, 'the question');
  expect(asked).toMatchObject({ from: 'asker', choices: ['red', 'green'], state: 'open' });
  const refused = await hive.hivectl(['answer', String(asked!.id), 'blue']);
  expect(refused.stderr).toContain('“red”, “green”');
  const { question: closed } = await hive.admin.call('answerQuestion', { id: asked!.id, body: 'green' });
  expect(closed).toMatchObject({ state: 'answered' });
  const answer = closed.answer!.id;
  await hive.until(async () => (await receiptOf(answer, 'asker'))?.state === 'done', 'the asker to go on');
  await seen(answer, 'asker');
  expect((await hive.admin.call('listQuestions', {})).open).toBe(0);
});

test('two agents that only thank each other are paused, and the operator is asked', { timeout: 240_000 }, async () => {
  await send('ann', call('send', { to: 'bob', body: 'Thank you!\n@demo {"thank":true}' }));
  const paused = await hive.event((event) => event.kind === 'thread.paused');
  expect(paused.data['between']).toEqual(['ann', 'bob']);
  const { questions } = await hive.admin.call('listQuestions', {});
  expect(questions).toMatchObject([{ from: 'system', choices: ['go on', 'close it'] }]);
  const { thread } = await hive.admin.call('getThread', { id: Number(paused.data['thread']) });
  expect(thread).toMatchObject({ state: 'paused' });
  await hive.allIdle();
  const before = (await hive.events('message.sent')).length;
  await hive.admin.call('answerQuestion', { id: questions[0]!.id, body: 'close it' });
  await hive.allIdle();
  expect((await hive.events('message.sent')).length).toBe(before + 1);
});

test('a reminder that an agent sets wakes it', async () => {
  await send('sleepy', call('remind', { body: 'look at the oven', in_seconds: 2 }));
  const fired = await hive.event((event) => event.kind === 'reminder.fired' && event.agent === 'sleepy');
  const message = Number(fired.data['message']);
  await hive.until(async () => (await receiptOf(message, 'sleepy'))?.state === 'done', 'the reminder to be handled');
  const { rollup } = await hive.admin.call('reminderRollup', { name: 'sleepy' as never });
  expect(rollup).toEqual({ asked: 1, fired: 1, delivered: 1, handled: 1, failed: 0 });
});
