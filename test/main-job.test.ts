import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestHive, type TestHive } from './support/test-hive.ts';

// A newcomer's first commands, on real containers, the real Claude Code CLI and the demo model.
let hive: TestHive;
beforeAll(async () => {
  hive = await openTestHive();
  await hive.start();
});
afterAll(() => hive.close());

test('operator → manager → scout: two agents in two boxes talk through the real CLI', async () => {
  const sent = await hive.hivectl(['send', 'manager', '@send {"to":"scout","body":"hello scout"}', '--json']);
  expect(sent).toMatchObject({ code: 0, stderr: '' });
  const { id } = JSON.parse(sent.stdout) as { id: number };

  const onward = await hive.event((event) => event.kind === 'message.sent' && event.data['from'] === 'manager');
  expect(onward.data).toMatchObject({ to: 'scout', recipients: ['scout'], preview: 'hello scout' });
  const finished = await hive.event((event) => event.kind === 'turn.finished' && event.agent === 'scout');
  expect(finished.data).toMatchObject({ outcome: 'done', messages: [onward.data['id']] });
  await hive.event((event) => event.kind === 'turn.finished' && event.agent === 'manager');

  // The step "in context" comes by the spool, and may be later than the end of the turn.
  const messages = await hive.until(async () => {
    const { messages: told } = await hive.admin.call('getThread', { id });
    return told[0]?.receipts[0]?.inContextAt !== null && told;
  }, 'the message to be in context');
  expect(messages[0]).toMatchObject({
    from: 'operator',
    to: 'manager',
    receipts: [{ recipient: 'manager', state: 'done', attempts: 1 }],
  });
  // The receipt has the time when the CLI accepted the text, between the lease and the end.
  const [receipt] = messages[0]?.receipts ?? [];
  expect(receipt?.inContextAt).toBeGreaterThanOrEqual(receipt?.leasedAt ?? Infinity);
  expect(receipt?.inContextAt).toBeLessThanOrEqual(receipt?.endedAt ?? 0);
});

test('a turn about one message needs no recv, and its tool calls are in the transcript', async () => {
  // What a turn did may come after its end.
  await hive.event(({ kind, data }) => kind === 'turn.tool_call' && data['tool'] === 'mcp__hive__send');
  const calls = (await hive.events('turn.tool_call')).map((event) => event.data['tool']);
  expect(calls).toContain('mcp__hive__send');
  expect(calls).not.toContain('mcp__hive__recv');
});

test('tokens and money are counted by the gateway for each agent and turn', async () => {
  const agent = await hive.until(async () => {
    const { agent: view } = await hive.admin.call('getAgent', { name: 'manager' });
    return view.usage.outputTokens > 0 && view;
  }, 'usage to be counted');
  expect(agent).toMatchObject({ provider: 'demo', state: 'idle', usage: { costUsd: 0 } });
  const { turns } = await hive.admin.call('listTurns', { name: 'manager' });
  expect(turns[0]?.usage.inputTokens).toBeGreaterThan(0);
});

test('an agent asks the operator, who finds it in the inbox', async () => {
  await hive.hivectl(['send', 'scout', '@send {"to":"operator","body":"may I?"}']);
  await hive.event((event) => event.kind === 'message.sent' && event.data['to'] === 'operator');
  const inbox = await hive.hivectl(['inbox', '--json']);
  expect(JSON.parse(inbox.stdout)).toMatchObject({ unread: 1, messages: [{ from: 'scout', body: 'may I?' }] });
});

test('a reminder wakes its agent', async () => {
  await hive.hivectl(['send', 'scout', '@remind {"body":"look again","in_seconds":1}']);
  const fired = await hive.event((event) => event.kind === 'reminder.fired' && event.agent === 'scout');
  const turn = await hive.event(
    (event) =>
      event.kind === 'turn.finished' && (event.data['messages'] as number[]).includes(Number(fired.data['message'])),
  );
  expect(turn.data['outcome']).toBe('done');
});

test('messages, files and the session survive a restart of the box', async () => {
  await hive.inBox('scout', ['sh', '-c', 'echo kept > /agents/scout/state/note']);
  const before = await hive.admin.call('getAgent', { name: 'scout' });
  await hive.admin.call('restartAgent', { name: 'scout' });
  await hive.until(
    async () => (await hive.admin.call('getAgent', { name: 'scout' })).agent.state === 'idle',
    'scout to be back',
  );
  expect((await hive.inBox('scout', ['cat', '/agents/scout/state/note'])).output.trim()).toBe('kept');
  const after = await hive.admin.call('getAgent', { name: 'scout' });
  expect(after.agent).toMatchObject({ generation: 1, sessionId: before.agent.sessionId });
  const { id } = await hive.admin.call('send', { to: 'scout', body: 'still there?' });
  const turn = await hive.event(
    (event) => event.kind === 'turn.finished' && (event.data['messages'] as number[]).includes(id),
  );
  expect(turn.data['outcome']).toBe('done');
  expect((await hive.admin.call('getAgent', { name: 'scout' })).agent.sessionId).toBe(before.agent.sessionId);
});
