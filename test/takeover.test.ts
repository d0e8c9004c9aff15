import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PATIENCE_MS } from './support/patience.ts';
import { type Pty, runInPty } from './support/pty.ts';
import { openTestHive, type TestHive } from './support/test-hive.ts';

/* A person in an agent's own conversation: the real CLIs in their own terminal interfaces, with the demo model. */
const OTHERS = ['codex', 'gemini', 'opencode'] as const;
const NODE = '/opt/hive/node/bin/node';
const HARNESS = '/opt/hive/harness/harness.mjs';
let hive: TestHive;
beforeAll(async () => {
  hive = await openTestHive({ agents: ['manager', 'scout'] });
  await hive.start();
  for (const cli of OTHERS)
    expect(await hive.hivectl(['create', cli, '--driver', cli])).toMatchObject({ code: 0, stderr: '' });
  await hive.allIdle();
});
afterAll(() => hive.close());

function hivectl(...args: string[]): Pty {
  const env = { PATH: process.env['PATH'], HIVE_ROOT: hive.root, HIVE_RUN: hive.run, TERM: 'xterm-256color' };
  return runInPty([process.execPath, join(hive.root, '../app/hivectl.mjs'), ...args], env);
}

const agentOf = async (name: string) => (await hive.admin.call('getAgent', { name: name as never })).agent;
const scout = () => agentOf('scout');
const finished = (count: number, name = 'scout') =>
  hive.until(
    async () => (await hive.events('turn.finished')).filter(({ agent }) => agent === name).length === count,
    `${count} finished turns`,
  );

test('without a conversation there is nothing to take over', async () => {
  const pty = hivectl('attach', 'scout');
  expect((await pty.ended).code).toBe(75);
  expect(pty.shown()).toContain('has no conversation yet');
  expect((await scout()).state).toBe('idle');
});

test('a person talks in the conversation, another one watches, mail waits and is read in the same conversation', async () => {
  await hive.admin.call('send', { to: 'scout', body: 'first-message' } as never);
  await finished(1);
  const { sessionId } = await scout();

  const person = hivectl('attach', 'scout');
  // What was said before is on the screen.
  await person.waitFor(/first-message/);
  expect(await scout()).toMatchObject({ state: 'taken_over', reason: 'by hivectl' });
  const watcher = hivectl('attach', 'scout');
  await watcher.waitFor(/Somebody else has this conversation open/);
  const before = person.shown().length;
  person.type('words-of-a-person');
  await person.waitFor(/words-of-a-person/, before);
  await hive.admin.call('send', { to: 'scout', body: 'meanwhile' } as never);
  person.type('\r');
  await person.waitFor(/read:[^]*words-of/, before);
  await watcher.waitFor(/words-of-a-person/);
  expect((await hive.events('turn.started')).filter(({ agent }) => agent === 'scout')).toHaveLength(1);

  person.type('\r~.');
  expect((await person.ended).same).toBe(true);
  await watcher.ended;
  await finished(2);
  expect(await scout()).toMatchObject({ state: 'idle', sessionId });
  const kinds = (await hive.events()).filter(({ agent }) => agent === 'scout').map(({ kind }) => kind);
  const order = ['agent.held', 'terminal.opened', 'terminal.closed', 'agent.released'];
  expect(kinds.filter((kind) => order.includes(kind))).toEqual(order);
  expect(kinds.lastIndexOf('turn.started')).toBeGreaterThan(kinds.indexOf('agent.released'));
  // One conversation has all of it. The CLI asked for no host outside.
  const dir = join(hive.root, 'agents/scout/harness/claude/projects');
  const [project = ''] = await readdir(dir);
  const files = (await readdir(join(dir, project))).filter((file) => file.endsWith('.jsonl'));
  expect(files).toEqual([`${sessionId}.jsonl`]);
  const kept = await readFile(join(dir, project, files[0] ?? ''), 'utf8');
  for (const text of ['first-message', 'words-of-a-person', 'meanwhile']) expect(kept).toContain(text);
  expect(await hive.events('approval.asked')).toEqual([]);
});

test('a person who comes during a turn is told to wait, and waits with --when-idle until it is over', async () => {
  await hive.admin.call('send', { to: 'scout', body: '@Bash {"command":"until [ -e go ]; do sleep 0.1; done"}' });
  await hive.event(({ kind, agent }) => kind === 'turn.tool_call' && agent === 'scout');
  const refused = hivectl('attach', 'scout');
  expect((await refused.ended).code).toBe(75);
  expect(refused.shown()).toContain('--when-idle');
  const person = hivectl('attach', 'scout', '--when-idle');
  await person.waitFor(/A turn runs/);
  expect(await hive.inBox('scout', ['touch', '/agents/scout/state/go'])).toMatchObject({ code: 0 });
  await person.waitFor(/first-message/);
  expect(await scout()).toMatchObject({ state: 'taken_over' });
  person.type('\r~.');
  await person.ended;
});

test('a program of the agent gets no conversation: no mail waits for it', async () => {
  const { output } = await hive.inBox('scout', [NODE, '--no-warnings', HARNESS, 'attach']);
  expect(output).toContain('hivectl attach');
  await hive.admin.call('send', { to: 'scout', body: 'still-heard' });
  await finished(4);
});

test('to watch, without a terminal that somebody has, shows the turns', async () => {
  const watcher = hivectl('attach', 'scout', '--watch');
  await watcher.waitFor(/Nobody has a terminal open/);
  await hive.admin.call('send', { to: 'scout', body: 'seen by a watcher' } as never);
  await watcher.waitFor(/turn\.started[^]*turn\.finished/);
  watcher.type('\u0003');
  expect((await watcher.ended).code).toBe(0);
});

/**
 * Types a line, and presses Enter when it is on the screen; again while nothing has come of it, as a person does: some
 * interfaces show what is typed before they take an Enter, and on an empty line it does nothing.
 */
async function say(person: Pty, line: string, hasCome: (shown: string) => Promise<boolean> | boolean): Promise<void> {
  const before = person.shown().length;
  person.type(line);
  await person.waitFor(new RegExp(line.slice(-8).replaceAll(/\W/g, '[^]')), before);
  await expect
    .poll(
      () => {
        person.type('\r');
        return hive
          .until(async () => hasCome(person.shown().slice(before)), 'what comes of it', 3_000)
          .catch(() => false);
      },
      { timeout: PATIENCE_MS, interval: 0 },
    )
    .toBe(true);
}

/** What the demo model answers, drawn in any colours. */
// oxlint-disable-next-line no-control-regex -- they are what is drawn
const ANSWER = /read:(?:\u001b\[[\d;?]*[A-Za-z]|[^a-z])*words-of/;

/** Whether a file below a directory contains a text. */
async function isIn(dir: string, text: string): Promise<boolean> {
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true }))
    if (entry.isFile() && (await readFile(join(entry.parentPath, entry.name))).includes(text)) return true;
  return false;
}

/** Settings of each CLI in the agent's own directory: each would start a program. */
const FILES: Record<(typeof OTHERS)[number], [path: string, text: string]> = {
  codex: ['.codex/config.toml', '[mcp_servers.evil]\ncommand = "touch"\nargs = ["/agents/codex/state/EVIL"]\n'],
  gemini: [
    '.gemini/settings.json',
    JSON.stringify({ mcpServers: { evil: { command: 'touch', args: ['/agents/gemini/state/EVIL'] } } }),
  ],
  opencode: [
    'opencode.json',
    JSON.stringify({ mcp: { evil: { type: 'local', command: ['touch', '/agents/opencode/state/EVIL'] } } }),
  ],
};

/** What was said before is on the screen, and the CLI takes what is typed. */
const READY: Record<(typeof OTHERS)[number], RegExp> = {
  codex: /first-message/,
  gemini: /first-message[^]*Type your message/,
  opencode: /first-message/,
};

test.each(OTHERS)(
  '%s: a person talks in the conversation, with the tools of the hive, and the next turn knows',
  async (cli) => {
    const [file, text] = FILES[cli];
    const put = [
      'sh',
      '-c',
      'mkdir -p "${1%/*}" && printf %s "$2" > "$1"',
      'put',
      `/agents/${cli}/state/${file}`,
      text,
    ];
    expect(await hive.inBox(cli, put)).toMatchObject({ code: 0 });
    await hive.admin.call('send', { to: cli, body: 'first-message' } as never);
    await finished(1, cli);
    const { sessionId } = await agentOf(cli);

    const person = hivectl('attach', cli);
    await person.waitFor(READY[cli]);
    await say(person, 'words-of-a-person', (shown) => ANSWER.test(shown));
    await say(person, `@send {"to":"operator","body":"${cli}-person"}`, async () =>
      (await hive.events('message.sent')).some(({ agent, data }) => agent === cli && data['to'] === 'operator'),
    );
    person.type('\r~.');
    await person.ended;

    await hive.admin.call('send', { to: cli, body: 'afterwards' } as never);
    await finished(2, cli);
    expect(await agentOf(cli)).toMatchObject({ state: 'idle', sessionId });
    const started = (await hive.events('cli.started')).filter(({ agent }) => agent === cli);
    expect(new Set(started.map(({ data }) => data['sessionId']))).toEqual(new Set([sessionId]));
    const files = join(hive.root, 'agents', cli, 'harness', cli);
    for (const said of ['first-message', 'words-of-a-person', 'afterwards'])
      expect([said, await isIn(files, said)]).toEqual([said, true]);
    expect((await hive.inBox(cli, ['ls', `/agents/${cli}/state`])).output).not.toContain('EVIL');
    expect(await hive.events('approval.asked')).toEqual([]);
  },
);
