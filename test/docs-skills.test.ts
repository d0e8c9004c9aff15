/**
 * Skills of the repository shared/docs, with a real forge: hived takes them over whenever the docs move.
 * Vulnerability: what the docs have is written by others and told to every agent. Scenario: links, hidden and binary
 * files, names that lead elsewhere, too much of everything. Verified: only texts in plain files arrive, in a directory
 * that hived alone writes, and a skill with anything else is left out whole.
 */
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { CODER, type ForgeRig, MANAGER, startRig } from '../forge/testing/forge-rig.ts';
import { createDocsSkills, type DocsSkills } from '../host/daemon/node/docs-skills.ts';
import { docsSkillsModule } from '../host/daemon/modules/docs-skills/module.ts';
import type { RepoName } from '../protocol/names.ts';

const docs = { owner: 'shared' as const, name: 'docs' as RepoName };
let rig: ForgeRig;
let work: string;
let dir: string;
let skills: DocsSkills;
let told: unknown[];
let stop: () => Promise<void>;
let moved: () => void;

beforeAll(async () => {
  rig = await startRig();
  work = join(rig.dir, 'docs');
  await rig.git('clone', '-q', `${rig.urlOf(MANAGER)}/shared/docs.git`, work);
});
afterAll(() => rig.close());
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'docs-skills-'));
  skills = createDocsSkills(dir);
  begin();
});
afterEach(async () => {
  await stop();
  await rm(dir, { recursive: true });
});

/** What hived does from its start on; `stop` ends it. */
function begin(isOn = true): void {
  told = [];
  const events = { record: async (kind: string, { data }: { data: unknown }) => void told.push([kind, data]) };
  const module = docsSkillsModule({ isOn, skills, events: events as never, socket: rig.socketOf('operator') });
  const stopping = new AbortController();
  const errors: unknown[] = [];
  const running = module.run(stopping.signal, (error) => errors.push(error));
  moved = () => module.onEvent({ kind: 'forge.pushed', data: { repo: 'shared/docs' } } as never);
  stop = async () => {
    stopping.abort();
    await running;
    expect(errors).toEqual([]);
  };
}

const git = async (...argv: string[]) => (await rig.git('-C', work, ...argv)).stdout.trim();
const skillOf = (name: string) => `---\nname: ${name}\ndescription: How to ${name}.\n---\nDo so.\n`;

/** Pushes files below skills/ as the manager does; resolves with the commit. */
async function push(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    const file = join(work, 'skills', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  return commit();
}

async function commit(): Promise<string> {
  await git('add', '-A');
  await git('commit', '-q', '-m', 'skills');
  expect((await rig.git('-C', work, 'push', '-q', `${rig.urlOf(MANAGER)}/shared/docs.git`, 'main')).stderr).toBe('');
  moved();
  return git('rev-parse', 'HEAD');
}

const isAt = (commit: string | null) => expect.poll(async () => (await skills.origin())?.commit).toBe(commit);
const read = (path: string) => readFile(join(dir, 'now', path), 'utf8');
const offered = async () => (await readdir(join(dir, 'now'))).filter((name) => name !== 'origin.json').sort();
const skipped = async () =>
  Object.fromEntries(((await skills.origin())?.skipped ?? []).map(({ name, why }) => [name, why]));

test('a new hive has a skill; what the manager merges replaces it at once, with modes that all may read', async () => {
  await isAt(await git('rev-parse', 'HEAD'));
  expect(await offered()).toEqual(['ship-a-change']);
  expect(await read('ship-a-change/SKILL.md')).toMatch(/^---\nname: ship-a-change\ndescription: How a change /);
  const first = await readlink(join(dir, 'now'));
  const second = await push({ 'release/SKILL.md': skillOf('release'), 'release/more/steps.txt': 'one\n' });
  await isAt(second);
  expect(await offered()).toEqual(['release', 'ship-a-change']);
  expect(await read('release/more/steps.txt')).toBe('one\n');
  const modeOf = async (path: string) => ((await lstat(join(dir, 'now', path))).mode & 0o7777).toString(8);
  expect([await modeOf('release'), await modeOf('release/more'), await modeOf('release/SKILL.md')]).toEqual(['755', '755', '644']); // prettier-ignore
  // Whoever reads in the one before still can; the one before that is gone.
  expect(await readdir(dir)).toContain(first);
  await rm(join(work, 'skills/release'), { recursive: true });
  const third = await commit();
  await isAt(third);
  expect(await offered()).toEqual(['ship-a-change']);
  expect(await readdir(dir)).not.toContain(first);
  expect(told).toEqual([
    ['skills.changed', { repo: 'shared/docs', commit: expect.any(String), skills: ['ship-a-change'] }],
    ['skills.changed', { repo: 'shared/docs', commit: second, skills: ['release', 'ship-a-change'] }],
    ['skills.changed', { repo: 'shared/docs', commit: third, skills: ['ship-a-change'] }],
  ]);
  // Who may not push there changes nothing.
  const refused = await rig.git('-C', work, 'push', '-q', `${rig.urlOf(CODER)}/shared/docs.git`, 'main:main');
  expect(refused.stderr).toContain('only the manager and the operator may');
});

test('a skill that is more than texts in plain files is left out whole, and why is said', async () => {
  const odd = ['linked', 'away', 'binary', 'hidden', 'large', 'many', 'Odd Name', 'headless'];
  for (const name of odd) await mkdir(join(work, 'skills', name), { recursive: true });
  await symlink('/etc/passwd', join(work, 'skills/linked/SKILL.md'));
  await symlink('/etc', join(work, 'skills/away/etc'));
  const texts = Object.fromEntries(odd.slice(1).map((name) => [`${name}/SKILL.md`, skillOf('x')]));
  delete texts['headless/SKILL.md'];
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`many/${n}.txt`, 'x']));
  const made = await push({
    ...texts,
    ...many,
    'binary/data': Buffer.from([0, 255, 1]),
    'hidden/.bashrc': 'x',
    'large/a.txt': 'x'.repeat(256 * 1024 + 1),
    'headless/README.md': 'x',
    'fine/SKILL.md': skillOf('fine'),
  });
  await isAt(made);
  expect(await offered()).toEqual(['fine', 'ship-a-change']);
  expect(await skipped()).toEqual({
    'Odd Name': expect.stringContaining('small letters'),
    linked: 'linked/SKILL.md is no file, but a symlink',
    away: 'away/etc is no file, but a symlink',
    binary: 'binary/data is no text in UTF-8',
    hidden: expect.stringContaining('do not begin with "."'),
    large: 'large/a.txt is larger than 256 KiB',
    many: 'it has more than 40 files',
    headless: 'it has no file SKILL.md',
  });
  // Too many: the first by name count.
  const more = Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`a${n + 100}/SKILL.md`, skillOf('x')]));
  for (const name of odd) await rm(join(work, 'skills', name), { recursive: true });
  await isAt(await push(more));
  expect(await offered()).toHaveLength(50);
  expect(await skipped()).toMatchObject({ a150: 'only the first 50 are taken over', fine: expect.any(String) });
  for (const path of Object.keys(more)) await rm(join(work, 'skills', dirname(path)), { recursive: true });
  await isAt(await commit());
});

test('a hived that was killed while it wrote, and a forge that was away, leave the old ones until there are the new ones', async () => {
  await isAt(await git('rev-parse', 'HEAD'));
  const before = await readlink(join(dir, 'now'));
  await stop();
  // Killed after it wrote a part, and after the link was made that was to be renamed.
  await mkdir(join(dir, 'half/fine'), { recursive: true });
  await symlink('half', join(dir, 'half.link'));
  expect(await offered()).toEqual(['fine', 'ship-a-change']);
  const missed = await push({ 'fine/SKILL.md': skillOf('fine, too') });
  begin();
  await isAt(missed);
  expect(await read('fine/SKILL.md')).toContain('fine, too');
  expect(await readdir(dir)).toHaveLength(3);
  expect(await readdir(dir)).toContain(before);
  await rig.restart(async () => {
    moved();
    await isAt(missed);
  });
  await isAt(await push({ 'fine/SKILL.md': skillOf('fine after all') }));
});

test('the operator switches it off; docs that are gone have no skills', async () => {
  await isAt(await git('rev-parse', 'HEAD'));
  await stop();
  begin(false);
  await expect.poll(() => readdir(dir)).toEqual([]);
  expect(await skills.origin()).toBeNull();
  await stop();
  begin();
  await isAt(await git('rev-parse', 'HEAD'));
  await rig.operator.call('removeRepo', { ...docs, purge: 'shared/docs' });
  moved();
  await isAt(null);
  expect(await offered()).toEqual([]);
});
