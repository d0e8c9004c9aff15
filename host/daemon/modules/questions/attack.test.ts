import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import { viewQuestion } from './store/questions.ts';
import { mailSteps, manager, scout } from '../../testing/mail-steps.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { receiptsFor } from '../../testing/receipts.ts';

// Attacks on questions from inside one agent's box, and races. Each test names the damage.

let hive: TestHive;
beforeEach(() => {
  hive = openTestHive();
});
afterEach(() => hive.close());

const { say, sweep, mailOf, loopUntilPaused } = mailSteps(() => hive);

describe('questions', () => {
  test('a question that expires unread ends, and its asker is notified', async () => {
    const asked = await say(scout, 'coder', { kind: 'question', ttl_seconds: 10, body: 'Which port?' });
    hive.time.now += 10_000;
    await sweep();
    expect(receiptsFor(hive, asked.id)).toMatchObject([{ state: 'expired' }]);
    expect(viewQuestion(hive.db, asked.id)).toMatchObject({ state: 'expired' });
    expect(await mailOf('scout')).toMatchObject([{ from: 'system', inReplyTo: asked.id }]);
  });

  test('a question that the operator drops ends, and its asker is notified', async () => {
    const asked = await say(scout, 'coder', { kind: 'question' });
    await hive.broker.drop({ deliveries: [receiptsFor(hive, asked.id)[0]!.delivery] });
    expect(viewQuestion(hive.db, asked.id)).toMatchObject({ state: 'withdrawn' });
    expect(await mailOf('scout')).toMatchObject([{ from: 'system', inReplyTo: asked.id }]);
  });

  test('dropping a copy of a question leaves it open for the agent that was asked', async () => {
    await hive.close();
    hive = openTestHive(undefined, { broker: { routing: 'tree' } });
    const asked = await say(scout, 'coder', { kind: 'question' });
    const copy = receiptsFor(hive, asked.id).find((one) => one.copy)!;
    await hive.broker.drop({ deliveries: [copy.delivery] });
    expect(viewQuestion(hive.db, asked.id)).toMatchObject({ state: 'open' });
  });

  test('the agent that was asked may answer, wherever both agents stand in the tree', async () => {
    await hive.close();
    hive = openTestHive(undefined, { broker: { routing: 'tree' } });
    hive.addAgent('kid', 'scout');
    const asked = await say('kid' as AgentName, 'coder', { kind: 'question', body: 'Which port?' });
    expect(asked.recipients).toEqual(['manager']);
    await expect(say(manager, 'kid')).rejects.toMatchObject({ code: 'not_routed' });
    await say(manager, 'kid', { kind: 'answer', in_reply_to: asked.id, body: '8080' });
    expect(viewQuestion(hive.db, asked.id)).toMatchObject({ state: 'answered', answer: { body: '8080' } });
  });

  test('a question held by a pause ends when the operator closes the pair', async () => {
    const { from, to, question } = await loopUntilPaused();
    const asked = await say(from, to, { kind: 'question', body: 'May I?' });
    await hive.broker.answer({ to: 'operator', body: 'close it', in_reply_to: question });
    expect(viewQuestion(hive.db, asked.id)).toMatchObject({ state: 'withdrawn' });
  });

  test('a dead question that the operator edits is sent as a plain message', async () => {
    const asked = await say(scout, 'coder', { kind: 'question' });
    const harness = await hive.boot('coder');
    for (let n = 0; n < 3; n += 1) await harness.finish((await harness.wake())!, 'failed', { reason: 'it broke' });
    await hive.broker.requeue({ deliveries: [receiptsFor(hive, asked.id)[0]!.delivery], body: 'tell scout the port' });
    expect(viewQuestion(hive.db, asked.id)).toMatchObject({ state: 'withdrawn' });
  });
});
