import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import { deleteAgent } from '../agents/store/agents.ts';
import { viewQuestion } from '../questions/store/questions.ts';
import { threadHead } from '../mail/store/threads.ts';
import { mailSteps, manager, scout } from '../../testing/mail-steps.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { receiptsFor } from '../../testing/receipts.ts';
import { retireAgent } from '../../core/retire-agent.ts';

// Attacks on loop damping from inside one agent's box, and races. Each test names the damage.

let hive: TestHive;
beforeEach(() => {
  hive = openTestHive();
});
afterEach(() => hive.close());

const { say, heard, mailOf, loopUntilPaused } = mailSteps(() => hive);

describe('a paused pair', () => {
  test('when one of the two agents is destroyed, its held messages reach the other, and the thread is open again', async () => {
    const { held, from, to, thread, question } = await loopUntilPaused();
    // Does what a destruction does. The agent's row is deleted by another module, which this test's hive does
    // not load.
    await hive.writer.write((tx) => {
      retireAgent(tx, hive.modules, { name: from, parent: manager, reason: `the agent ${from} was destroyed` });
      deleteAgent(tx.db, from, manager);
    });
    expect(threadHead(hive.db, thread)).toMatchObject({ state: 'open', why: null });
    expect(viewQuestion(hive.db, question)).toMatchObject({ state: 'withdrawn' });
    expect((await mailOf(to)).map((one) => one.id)).toContain(held);
  });

  test('copies of held messages are released or withdrawn together with them', async () => {
    for (const [answer, state] of [
      ['go on', 'queued'],
      ['close it', 'withdrawn'],
    ] as const) {
      await hive.close();
      hive = openTestHive(undefined, { broker: { routing: 'tree' } });
      const { held, question } = await loopUntilPaused();
      await hive.broker.answer({ to: 'operator', body: answer, in_reply_to: question });
      const heldUntil = state === 'queued' ? null : expect.any(Number);
      const receipts = receiptsFor(hive, held);
      expect(receipts.filter((one) => one.copy)).toMatchObject([{ recipient: 'manager' }]);
      for (const receipt of receipts) expect(receipt).toMatchObject({ state, heldUntil });
    }
  });
});

describe('groups with one member', () => {
  test('two agents that address each other by group names are damped as if they used their own names', async () => {
    hive.addAgent('kid', 'scout');
    const notes: (string | undefined)[] = [];
    for (let n = 0; n < 20; n += 1) {
      const sent = n % 2 === 0 ? await say(scout, '@children') : await say('kid' as AgentName, '@parent');
      notes.push(sent.note);
    }
    expect(notes.some((note) => note !== undefined)).toBe(true);
    expect(heard('thread.paused')).toHaveLength(1);
  });
});
