import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TurnDebug, turnDebug } from '../protocol/schemas/turn-debug.ts';
import { openTestHive, type TestHive } from './support/test-hive.ts';

// hivectl debug turn: what the real CLIs were told and said, from boxes of their own, through hived.

let hive: TestHive;
beforeAll(async () => {
  hive = await openTestHive({ agents: ['manager'] });
  await hive.start();
  const opal = ['--driver', 'opencode', '--provider', 'openai', '--model', 'gpt-5-mini', '--memory', '1024'];
  expect(await hive.hivectl(['create', 'opal', ...opal])).toMatchObject({ code: 0, stderr: '' });
  await hive.allIdle();
});
afterAll(() => hive.close());

async function turnOf(agent: string, body: string): Promise<number> {
  const { id } = await hive.admin.call('send', { to: agent, body });
  const done = await hive.event(
    ({ kind, data }) => kind === 'turn.finished' && (data['messages'] as number[]).includes(id),
  );
  expect(done.data['outcome']).toBe('done');
  return done.data['turn'] as number;
}

async function debug(turn: number): Promise<TurnDebug> {
  const asked = await hive.hivectl(['debug', 'turn', String(turn), '--json']);
  expect(asked).toMatchObject({ code: 0, stderr: '' });
  return turnDebug.parse(JSON.parse(asked.stdout));
}

const said = ({ raw }: TurnDebug, kind: string) =>
  raw.lines.flatMap((line) => (line.kind === kind ? [line.text] : [])).join('\n');

test('a turn of Claude Code: its prompt, its answer, its mail and its calls', async () => {
  const turn = await turnOf('manager', 'a purple \u001B[31m elephant');
  const known = await debug(turn);
  expect(known).toMatchObject({
    agent: 'manager',
    outcome: 'done',
    stats: { driver: 'claude', counted: 'gateway' },
    deliveries: [{ state: 'done', attempt: 1 }],
    raw: { isCut: false, unreadable: 0, problem: null },
  });
  expect(known.calls.length).toBeGreaterThan(0);
  expect(known.events.map(({ kind }) => kind)).toContain('turn.text');
  expect(known.raw.lines[0]).toMatchObject({ kind: 'start', text: expect.stringContaining('claude') });
  expect(said(known, 'stdin')).toContain('purple');
  expect(said(known, 'stdout')).toContain('"type":"result"');
  expect(known.raw.lines.map(({ n }) => n)).toEqual(known.raw.lines.map((_, index) => index + 1));

  const shown = await hive.hivectl(['debug', 'turn', String(turn), '--full']);
  expect(shown.code).toBe(0);
  expect(shown.stdout).not.toContain('\u001B');
  expect(shown.stdout).toContain('"type":"result"');

  const next = await debug(await turnOf('manager', 'a green one'));
  expect(said(next, 'start')).toBe('');
  expect(said(next, 'stdin')).toContain('a green one');
  expect(said(next, 'stdin')).not.toContain('purple');
});

test('the lines of OpenCode have no secret of the MCP server, on the disk neither', async () => {
  const known = await debug(await turnOf('opal', 'hello'));
  expect(said(known, 'stdin')).toContain('Bearer [masked]');
  const dir = join(hive.root, 'agents/opal/harness/raw');
  for (const name of await readdir(dir))
    expect(await readFile(join(dir, name), 'utf8')).not.toMatch(/Bearer [\w-]{20}/);
});

test('the turn of an agent that is gone has no raw lines, and the rest of it', async () => {
  const turn = await turnOf('opal', 'once more');
  expect(await hive.hivectl(['destroy', 'opal', '--yes'])).toMatchObject({ code: 0 });
  expect(await debug(turn)).toMatchObject({
    agent: 'opal',
    outcome: 'done',
    raw: { lines: [], problem: 'The agent is gone, and its files with it.' },
  });
});
