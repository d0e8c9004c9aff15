import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AgentView } from '../../../protocol/schemas/agent.ts';
import { CLIS } from '../setup/clis/clis.ts';
import { runHivectl } from '../testing/run-hivectl.ts';
import { agentView, openStandInHive, type StandInHive } from '../testing/stand-in-hive.ts';

const NEWEST = CLIS['claude']?.pinned[0].version ?? '';
let toolchain: string;
let hive: StandInHive;
let agents: AgentView[];

beforeEach(async () => {
  toolchain = await mkdtemp(join(tmpdir(), 'hive-toolchain-'));
  for (const version of [NEWEST, '1.9.0', '1.8.0']) await write(`claude/${version}/bin/claude`, 'x'.repeat(5_000));
  await write('claude/version', `${NEWEST}\n`);
  // The program of an earlier Hyperhive.
  await write('claude/claude', 'old');
  agents = [agentView('scout', { cli: `claude@${NEWEST}` }), agentView('coder', { cli: 'claude@1.9.0' })];
  hive = await openStandInHive({ listAgents: () => ({ agents, lastSeq: 0 }) });
});
afterEach(async () => {
  await hive.close();
  await rm(toolchain, { recursive: true });
});

async function write(path: string, text: string): Promise<void> {
  const file = join(toolchain, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
const run = (...args: string[]) => runHivectl(hive.socket, ['toolchain', ...args], { toolchain });
const inUse = () => readFile(join(toolchain, 'claude/version'), 'utf8');

test('ls shows what is in use, kept, and can be added, with the boxes of each', async () => {
  const { out } = await run('ls');
  expect(out).toMatch(new RegExp(`claude +${NEWEST} +in use +\\S+ kB +scout +/opt/hive/claude/${NEWEST}/bin/claude`));
  expect(out).toMatch(/claude +1\.9\.0 +kept +\S+ kB +coder/);
  expect(out).toMatch(/codex +\S+ +can be added *\n/);
  const { versions } = JSON.parse((await run('ls', '--json')).out) as { versions: unknown[] };
  expect(versions).toContainEqual({
    cli: 'claude',
    version: '1.9.0',
    title: 'Claude Code',
    placed: true,
    inUse: false,
    agents: ['coder'],
    bytes: 8_192,
    program: '/opt/hive/claude/1.9.0/bin/claude',
  });
});

test('use changes the version of new boxes, and says which boxes keep theirs', async () => {
  const { out } = await run('use', 'claude@1.9');
  expect(out).toBe(
    `New boxes get claude@1.9.0 instead of ${NEWEST}.\n1 box keeps its version until a rebuild: hivectl rebuild --all --when-idle\n`,
  );
  expect(await inUse()).toBe('1.9.0\n');
  expect(await readFile(join(toolchain, 'claude/chosen'), 'utf8')).toBe('1.9.0\n');
  // The default is no choice: the next Hyperhive may replace it.
  expect((await run('use', `claude@${NEWEST}`, '--json')).out).toContain('"before":"1.9.0"');
  expect(await readdir(join(toolchain, 'claude'))).not.toContain('chosen');
  expect((await run('use', `claude@${NEWEST}`)).out).toBe(`claude@${NEWEST} is in use already.\n`);
  expect(await run('use', 'codex')).toMatchObject({
    code: 66,
    err: expect.stringContaining('is not in the toolchain'),
  });
});

test('rm deletes a version that no box has; one that is needed stays', async () => {
  expect(await run('rm', 'claude@1.9.0')).toMatchObject({ code: 75, err: expect.stringContaining('rebuild coder') });
  expect(await run('rm', `claude@${NEWEST}`)).toMatchObject({
    code: 75,
    err: expect.stringContaining('toolchain use'),
  });
  agents = [...agents, agentView('elder')];
  expect((await run('rm', 'claude@1.8.0')).out).toBe('claude@1.8.0 is deleted.\n');
  // A box without a known version may be one of an earlier Hyperhive.
  expect((await readdir(join(toolchain, 'claude'))).toSorted()).toEqual(['1.9.0', NEWEST, 'claude', 'version']);
  agents = [];
  await run('rm', 'claude@1.9.0');
  expect((await readdir(join(toolchain, 'claude'))).toSorted()).toEqual([NEWEST, 'version']);
  await run('rm', `claude@${NEWEST}`);
  expect(await readdir(toolchain)).toEqual([]);
});

test('without a hive that was ever run there are no boxes to ask about', async () => {
  await hive.stop();
  expect((await run('ls')).out).toMatch(/claude +1\.9\.0 +kept/);
  expect((await run('rm', 'claude@1.9.0')).out).toBe('claude@1.9.0 is deleted.\n');
  await hive.start({});
});

test('what Hyperhive has no checksum of is refused before anything is downloaded', async () => {
  for (const [args, words] of [
    [['add', 'codex@9.9.9'], /knows no checksum of codex@9\.9\.9/],
    [['add', 'codexx'], /did you mean codex\?/],
    [['add', 'https://example.com/x.tgz'], /not a CLI with a version/],
    [['add'], /missing required argument/i],
  ] as const) {
    const { code, err } = await run(...args);
    expect({ code, err }).toMatchObject({ code: 64, err: expect.stringMatching(words) });
  }
});
