import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HiveEvent } from '../protocol/schemas/event.ts';
import { openTestHive, type TestHive } from './support/test-hive.ts';

// A fleet of four CLIs of different makers, each by the name of its driver and without any further setting, in real
// boxes, on the demo model of a hive without keys.

const CLIS = ['claude', 'codex', 'gemini', 'opencode'] as const;

let hive: TestHive;

beforeAll(async () => {
  hive = await openTestHive({ agents: ['manager'], config: { egress: { ask_ms: 0 } } });
  await hive.start();
  for (const cli of CLIS)
    expect(await hive.hivectl(['create', cli, '--driver', cli])).toMatchObject({ code: 0, stderr: '' });
  await hive.allIdle();
});
afterAll(() => hive.close());

async function turnOf(agent: string, body: string) {
  const { id } = await hive.admin.call('send', { to: agent, body });
  const { data } = await hive.event(
    ({ kind, data: said }) => kind === 'turn.finished' && (said['messages'] as number[]).includes(id),
  );
  return data;
}
const sessionOf = async (agent: string) =>
  (await hive.admin.call('listAgents', {})).agents.find(({ name }) => name === agent)?.sessionId;
const eventsOf = async (agent: string, kind: string) =>
  (await hive.events(kind)).filter((event) => event.agent === agent);

/** A message that is passed on through these agents, and by the last one to the operator. */
function passOn(route: readonly string[], body: string): string {
  return [...route].reverse().reduce((inner, to) => `@send ${JSON.stringify({ to, body: inner })}`, body);
}

test('a message goes around: each CLI passes it on with the tool of the hive', async () => {
  const route = [...CLIS.slice(1), 'operator'];
  await hive.admin.call('send', { to: 'claude', body: passOn(route, 'it went around') });
  const isDone = ({ kind, agent, data }: HiveEvent) =>
    kind === 'turn.finished' && agent === 'opencode' && data['outcome'] === 'done';
  await hive.event(isDone);
  const { messages } = await hive.admin.call('listMessages', { of: 'operator', limit: 20 });
  expect(messages.map(({ from, body }) => [from, body])).toContainEqual(['opencode', 'it went around']);
  for (const cli of CLIS) {
    const turn = (await eventsOf(cli, 'turn.finished')).find(({ data }) => data['outcome'] === 'done');
    expect([cli, turn?.data]).toEqual([cli, expect.objectContaining({ toolCalls: 1 })]);
    const [call] = await eventsOf(cli, 'turn.tool_call');
    expect([cli, call?.data['tool']]).toEqual([cli, 'mcp__hive__send']);
  }
});

/** Other models of the CLIs whose restart no other test covers. */
const OTHER_MODELS = { gemini: 'gemini-3.5-flash-lite', opencode: 'gpt-5' };

test('a restart with another model keeps the conversation', async () => {
  await Promise.all(
    Object.entries(OTHER_MODELS).map(async ([cli, model]) => {
      const session = await sessionOf(cli);
      expect([cli, session]).toEqual([cli, expect.stringMatching(/\S/)]);
      expect(await hive.hivectl(['edit', cli, '--model', model])).toMatchObject({ code: 0 });
      expect(await hive.hivectl(['restart', cli])).toMatchObject({ code: 0 });
      const turn = await turnOf(cli, 'are you there?');
      expect([cli, turn]).toEqual([cli, expect.objectContaining({ outcome: 'done' })]);
      expect(await sessionOf(cli)).toBe(session);
      expect(await eventsOf(cli, 'conversation.dropped')).toEqual([]);
      const started = await eventsOf(cli, 'cli.started');
      expect(started.map(({ data }) => data['sessionId'])).toEqual([session, session]);
      const calls = await hive.calls(1, ({ agent, data }) => agent === cli && data['turn'] === turn['turn']);
      expect([cli, calls.map(({ data }) => data['model'])]).toEqual([cli, expect.arrayContaining([model])]);
    }),
  );
});

test('no CLI asks for a host outside', async () => {
  const { stdout } = await hive.hivectl(['egress', 'log', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ connections: [] });
});
