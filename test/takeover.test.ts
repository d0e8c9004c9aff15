import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Pty, runInPty } from './support/pty.ts';
import { openTestHive, type TestHive } from './support/test-hive.ts';

/* A person in an agent's own conversation: the real Claude Code in its own terminal interface, with the demo model. */
let hive: TestHive;
beforeAll(async () => {
  hive = await openTestHive({ agents: ['manager', 'scout'] });
  await hive.start();
  await hive.allIdle();
});
afterAll(() => hive.close());

function hivectl(...args: string[]): Pty {
  const env = { PATH: process.env['PATH'], HIVE_ROOT: hive.root, HIVE_RUN: hive.run, TERM: 'xterm-256color' };
  return runInPty([process.execPath, join(hive.root, '../app/hivectl.mjs'), ...args], env);
}

const scout = async () => (await hive.admin.call('getAgent', { name: 'scout' as never })).agent;
const finished = (count: number) =>
  hive.until(
    async () => (await hive.events('turn.finished')).filter(({ agent }) => agent === 'scout').length === count,
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

test('to watch, without a terminal that somebody has, shows the turns', async () => {
  const watcher = hivectl('attach', 'scout', '--watch');
  await watcher.waitFor(/Nobody has a terminal open/);
  await hive.admin.call('send', { to: 'scout', body: 'seen by a watcher' } as never);
  await watcher.waitFor(/turn\.started[^]*turn\.finished/);
  watcher.type('\u0003');
  expect((await watcher.ended).code).toBe(0);
});
