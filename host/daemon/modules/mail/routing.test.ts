import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import { coder, mailSteps, manager, scout } from '../../testing/mail-steps.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { receiptsFor } from '../../testing/receipts.ts';

let hive: TestHive;
beforeEach(() => {
  hive = openTestHive();
});
afterEach(() => hive.close());

const { say, mailOf } = mailSteps(() => hive);

describe('addresses', () => {
  test('groups: all, children, parent, a role, a topic', async () => {
    expect((await say(manager, '@children')).recipients).toEqual(['coder', 'scout']);
    expect((await say(scout, '@parent')).recipients).toEqual(['manager']);
    expect((await say(manager, '@parent')).recipients).toEqual(['operator']);
    expect((await say(scout, '@role:Coder')).recipients).toEqual(['coder']);
    await hive.broker.subscribe(coder, '#news', true);
    await hive.broker.subscribe(scout, '#news', true);
    expect((await say(scout, '#news')).recipients).toEqual(['coder']);
    expect((await say('operator', '@children')).recipients).toEqual(['manager']);
  });

  test('an address without members is refused, with the nearest names, and nothing is stored', async () => {
    await hive.broker.subscribe(coder, '#news', true);
    const refusals: [string, string, RegExp][] = [
      ['#nws', 'unknown_topic', /Did you mean "#news"/],
      ['@role:nobody', 'no_recipients', /@role:nobody/],
      ['scuot', 'unknown_agent', /"scout"/],
    ];
    for (const [to, code, message] of refusals)
      await expect(say(manager, to)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
    expect(hive.db.prepare('SELECT COUNT(*) AS n FROM messages').get()).toEqual({ n: 0 });
  });

  test('a topic that the operator closed takes no mail and no subscribers', async () => {
    await hive.broker.setTopic({ topic: '#news', add: [scout], open: false });
    await expect(say(manager, '#news')).rejects.toMatchObject({ code: 'topic_closed' });
    await expect(hive.broker.subscribe(coder, '#news', true)).rejects.toMatchObject({ code: 'topic_closed' });
    await hive.broker.setTopic({ topic: '#news', open: true });
    expect((await say(manager, '#news')).recipients).toEqual(['scout']);
  });

  test('a topic without subscribers is deleted', async () => {
    await hive.broker.subscribe(coder, '#news', true);
    await hive.broker.subscribe(coder, '#news', false);
    await expect(say(manager, '#news')).rejects.toMatchObject({ code: 'unknown_topic' });
  });
});

test('a broadcast to a crowd: full mailboxes are named, and each delivery gets the order key of its relation', async () => {
  await hive.close();
  const crowd = Array.from({ length: 60 }, (_, n) => `agent-${n}`);
  hive = openTestHive(['manager', ...crowd], { broker: { mailbox_max_messages: 1 } });
  await say('operator', 'agent-7');
  const sent = await say('agent-1' as AgentName, '*');
  expect(sent.recipients).toHaveLength(59);
  expect(sent.skipped).toEqual([{ name: 'agent-7', why: 'Its mailbox is full.' }]);
  const rank = (recipient: string) =>
    hive.db
      .prepare('SELECT (order_key - ?) / 10000 FROM deliveries WHERE message_id = ? AND recipient = ?')
      .pluck()
      .get(hive.time.now, sent.id, recipient);
  expect([rank('manager'), rank('agent-2')]).toEqual([2, 2]);
  await expect(say('agent-2' as AgentName, 'manager')).rejects.toMatchObject({ code: 'mailbox_full' });
});

describe('routing as a tree', () => {
  beforeEach(async () => {
    await hive.close();
    hive = openTestHive(['manager', 'scout', 'coder'], { broker: { routing: 'tree' } });
  });

  test('siblings: their parent gets a copy; the sender sees both receipts', async () => {
    const sent = await say(scout, 'coder');
    expect(receiptsFor(hive, sent.id)).toMatchObject([
      { recipient: 'coder', copy: false },
      { recipient: 'manager', copy: true },
    ]);
    expect(await mailOf('manager')).toMatchObject([{ copy: true, to: 'coder' }]);
  });

  test('across branches a message goes to the nearest common ancestor, with the name of the addressee', async () => {
    hive.addAgent('kid', 'scout');
    const sent = await say('kid' as AgentName, 'coder');
    expect(sent).toMatchObject({ recipients: ['manager'], note: expect.stringContaining('coder') as string });
    expect(await mailOf('manager')).toMatchObject([{ data: { meantFor: 'coder' } }]);
  });

  test('further up than the parent is refused, and the refusal names whom to write to', async () => {
    hive.addAgent('kid', 'scout');
    await expect(say('kid' as AgentName, 'manager')).rejects.toMatchObject({
      code: 'not_routed',
      message: expect.stringContaining('scout') as string,
    });
  });

  test('a group message reaches the members that routing allows; the others are named', async () => {
    hive.addAgent('kid', 'scout');
    const sent = await say(coder, '*');
    expect(sent.recipients).toEqual(['manager', 'scout']);
    expect(sent.skipped).toMatchObject([{ name: 'kid' }]);
  });
});
