import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { programOf } from './support/test-clis.ts';
import { openTestHive, type TestHive } from './support/test-hive.ts';

// Gemini CLI and OpenCode as agents of the driver acp, in real boxes, started by the examples of docs/drivers.md, on the
// demo model.

const AGENTS = {
  gem: { cli: 'gemini', provider: 'gemini', model: 'gemini-3.8-flash' },
  opal: { cli: 'opencode', provider: 'openai', model: 'gpt-5-mini' },
} as const;
type Name = keyof typeof AGENTS;
let hive: TestHive;

beforeAll(async () => {
  hive = await openTestHive({ agents: ['manager'], config: { egress: { ask_ms: 0 } } });
  await hive.start();
  const page = await readFile(join(import.meta.dirname, '../docs/drivers.md'), 'utf8');
  for (const [name, { cli, provider, model }] of Object.entries(AGENTS)) {
    const example = [...page.matchAll(/```sh\n(#!\/bin\/sh\n[^]*?)```/g)].find(([, text]) =>
      text?.includes(`/bin/${cli}`),
    );
    const script = (example?.[1] ?? '').replace(/\/opt\/hive\/\w+\/[\d.]+\/bin\/\w+/, `/opt/hive/${programOf(cli)}`);
    await writeFile(join(hive.root, 'shared', `${name}.sh`), script, { mode: 0o755 });
    const made = ['--driver', 'acp', '--command', `/shared/${name}.sh`, '--provider', provider, '--model', model];
    expect(await hive.hivectl(['create', name, ...made, '--memory', '1024'])).toMatchObject({ code: 0, stderr: '' });
  }
  await hive.allIdle();
});
afterAll(() => hive.close());

async function turnOf(agent: Name, body: string) {
  const { id } = await hive.admin.call('send', { to: agent, body });
  return hive.event(({ kind, data }) => kind === 'turn.finished' && (data['messages'] as number[]).includes(id));
}
const eventsOf = async (agent: Name, kind: string) =>
  (await hive.events(kind)).filter((event) => event.agent === agent);
const sessionOf = async (agent: Name) =>
  (await hive.admin.call('listAgents', {})).agents.find(({ name }) => name === agent)?.sessionId;

test('two CLIs of different makers write to each other with the tools of the hive', async () => {
  const answer = `@send ${JSON.stringify({ to: 'operator', body: 'opal has it' })}`;
  const told = await turnOf('gem', `@send ${JSON.stringify({ to: 'opal', body: answer })}`);
  expect(told.data).toMatchObject({ outcome: 'done', toolCalls: 1, counted: 'gateway' });
  const call = (await eventsOf('gem', 'turn.tool_call'))[0];
  expect(call?.data).toMatchObject({ tool: 'mcp__hive__send' });
  await hive.event(({ kind, agent }) => kind === 'turn.finished' && agent === 'opal');
  const { messages } = await hive.admin.call('listMessages', { of: 'operator', limit: 10 });
  expect(messages.map(({ from, body }) => [from, body])).toContainEqual(['opal', 'opal has it']);
  expect((await eventsOf('opal', 'turn.finished'))[0]?.data).toMatchObject({ outcome: 'done', counted: 'gateway' });
});

// Gemini CLI of this version overwrites a session that it loads in the minute in which it was begun (docs/drivers.md).
test('a conversation is continued after its box was restarted', async () => {
  const agent = 'opal';
  const session = await sessionOf(agent);
  expect(session).toMatch(/\S/);
  expect(await hive.hivectl(['restart', agent])).toMatchObject({ code: 0 });
  await hive.allIdle();
  expect((await turnOf(agent, 'are you there?')).data).toMatchObject({ outcome: 'done' });
  expect(await sessionOf(agent)).toBe(session);
  expect(await eventsOf(agent, 'conversation.dropped')).toEqual([]);
  const started = (await eventsOf(agent, 'cli.started')).map(({ data }) => data['sessionId']);
  expect(started).toEqual([session, session]);
});

test('an interrupt ends a tool of a CLI, and the next turn runs in the same process', async () => {
  await hive.admin.call('send', { to: 'gem', body: '@run_shell_command {"command":"sleep 600"}' });
  const isRunning = async () =>
    (await eventsOf('gem', 'turn.tool_call')).some(({ data }) => data['tool'] === 'sleep 600');
  await hive.until(isRunning, 'the tool to run');
  expect(await hive.hivectl(['interrupt', 'gem', '--drop'])).toMatchObject({ code: 0 });
  await hive.event(
    ({ kind, agent, data }) => kind === 'turn.finished' && agent === 'gem' && data['outcome'] === 'interrupted',
  );
  const before = (await eventsOf('gem', 'cli.started')).length;
  expect((await turnOf('gem', 'and now?')).data).toMatchObject({ outcome: 'done' });
  expect(await eventsOf('gem', 'cli.started')).toHaveLength(before);
});
