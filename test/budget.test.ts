import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MockProvider, startMockProvider } from '../host/gateway/fixtures/mock-provider.ts';
import { openTestHive, type TestHive } from './support/test-hive.ts';

// The real CLI on a scripted provider whose model calls a tool for ever: each call costs 1.5 cents, under a budget of ten.
const LIMIT = 0.1;
let hive: TestHive;
let provider: MockProvider;
/** What the model does next. */
let model: 'calls a tool' | 'says a word' = 'calls a tool';
let answers = 0;

beforeAll(async () => {
  provider = await startMockProvider([]);
  provider.answer = (response, request) => {
    if (request.url?.includes('count_tokens') === true) return void response.writeHead(200).end('{"input_tokens":10}');
    return streamAnswer(response);
  };
  hive = await openTestHive({
    agents: ['manager'],
    config: { providers: { anthropic: { base_url: provider.url } } },
  });
  await hive.start();
  expect(await hive.hivectl(['provider', 'set', 'anthropic'], 'sk-ant-a-test-key\n')).toMatchObject({ code: 0 });
  await hive.allIdle();
});
afterAll(async () => {
  await hive.close();
  await provider.close();
});

function streamAnswer(response: ServerResponse): void {
  answers += 1;
  const uses = model === 'calls a tool';
  const send = (data: { type: string; [field: string]: unknown }) =>
    response.write(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const usage = { input_tokens: 2_000, output_tokens: 1 };
  const message = {
    id: `msg_${answers}`,
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5',
    content: [],
    usage,
  };
  send({ type: 'message_start', message });
  if (uses) {
    const id = `toolu_${answers}`;
    send({ type: 'content_block_start', index: 0, content_block: { type: 'tool_use', id, name: 'Bash', input: {} } });
    const input = JSON.stringify({ command: `echo ${answers}`, description: 'Say a number' });
    send({ type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json: input } });
  } else {
    send({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } });
    send({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Enough.' } });
  }
  send({ type: 'content_block_stop', index: 0 });
  send({
    type: 'message_delta',
    delta: { stop_reason: uses ? 'tool_use' : 'end_turn' },
    usage: { output_tokens: 600 },
  });
  send({ type: 'message_stop' });
  response.end();
}

const spent = async () => (await hive.admin.call('listBudgets', {})).budgets[0]?.spent ?? 0;
const manager = async () => (await hive.admin.call('listAgents', {})).agents[0];

test('an agent that calls a tool for ever stops in the middle of its turn, its mail waits, and it goes on when the budget is raised', async () => {
  const set = await hive.hivectl(['budget', 'set', 'manager', '--usd', String(LIMIT), '--per', 'total']);
  expect(set).toMatchObject({ code: 0, stdout: 'Set: $0.10 in total for manager; $0.00 of it are used.\n' });
  const { id } = await hive.admin.call('send', { to: 'manager', body: 'count up' });
  const ended = await hive.event((event) => event.kind === 'turn.finished');
  expect(ended.data).toMatchObject({
    outcome: 'budget',
    reason: 'The budget of $0.10 in total for manager is used up.',
  });
  expect(Number(ended.data['toolCalls'])).toBeGreaterThanOrEqual(3);
  await hive.until(async () => (await spent()) > LIMIT - 0.03, 'the last call to be counted');
  expect(await spent()).toBeLessThanOrEqual(LIMIT * 1.1);

  await hive.until(async () => (await manager())?.state === 'budget', 'the agent to wait for its budget');
  expect(await manager()).toMatchObject({ queued: 1, dead: 0 });
  const { messages } = await hive.admin.call('getThread', { id });
  expect(messages[0]?.receipts).toMatchObject([{ state: 'queued' }]);
  const listed = await hive.hivectl(['budget', 'ls']);
  expect(listed.stdout).toMatch(/manager +\$0\.10 in total +\$0\.\d+ +\d+ +manager/);
  expect((await hive.hivectl(['inbox'])).stdout).toContain('hivectl budget set manager --usd');

  model = 'says a word';
  expect(await hive.hivectl(['budget', 'set', 'manager', '--usd', '1', '--per', 'total'])).toMatchObject({ code: 0 });
  const done = await hive.event((event) => event.kind === 'turn.finished' && event.data['outcome'] === 'done');
  expect(done.data).toMatchObject({ text: 'Enough.' });
  await hive.calls(1, (event) => event.data['turn'] === done.data['turn']);
  const cost = JSON.parse((await hive.hivectl(['cost', '--json'])).stdout) as { total: { usage: { costUsd: number } } };
  expect(cost.total.usage.costUsd).toBeCloseTo(await spent(), 6);
});

test('the ledger is the same after hived and the gateway were killed: no call is lost or counted twice', async () => {
  const before = await spent();
  await hive.kill();
  await hive.start();
  expect(await spent()).toBe(before);
  await hive.allIdle();
  await hive.admin.call('send', { to: 'manager', body: 'and again' });
  await hive.until(async () => (await spent()) > before, 'the next call to be counted');
  await hive.until(async () => (await manager())?.state === 'idle', 'the turn to end');
  const agentsCost = (await manager())?.usage.costUsd ?? 0;
  expect(agentsCost).toBeCloseTo(await spent(), 6);
});

test('bad budgets are refused in a sentence, and none is set', async () => {
  const count = (await hive.admin.call('listBudgets', {})).budgets.length;
  for (const [args, says] of [
    [['nobody', '--usd', '1', '--per', 'day'], 'There is no agent "nobody"'],
    [['manager', '--usd', '0', '--per', 'day'], '--usd is an amount of dollars above 0'],
    [['manager', '--usd', '1e3', '--per', 'day'], '--usd is an amount of dollars above 0'],
    [['manager', '--tokens', '1.5', '--per', 'day'], '--tokens is a whole number above 0'],
    [['manager', '--per', 'day'], 'Say one amount'],
    [['manager', '--usd', '1', '--tokens', '5', '--per', 'day'], 'Say one amount'],
    [['manager', '--usd', '1', '--per', 'week'], '--per takes one of turn, hour, day, month, total'],
    [['@all', '--usd', '1', '--per', 'day'], 'is nobody to set a budget for'],
  ] as const) {
    const refused = await hive.hivectl(['budget', 'set', ...args]);
    expect([refused.code === 0, refused.stderr]).toEqual([false, expect.stringContaining(says)]);
  }
  expect((await hive.admin.call('listBudgets', {})).budgets).toHaveLength(count);
});
