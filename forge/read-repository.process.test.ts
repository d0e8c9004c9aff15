/** What is in a repository, read through the API: trees, files, blame, history, search; and who may see it. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RepoName } from '../protocol/names.ts';
import { CODER, type ForgeRig, SCOUT, startRig } from './testing/forge-rig.ts';

const app = { owner: CODER, name: 'app' as RepoName };
const ODD = 'a "b"\n:(top)*.txt';
let rig: ForgeRig;
let work: string;
let first: string;
beforeAll(async () => {
  rig = await startRig();
  work = await rig.makeWork('work', { 'a.txt': 'one\ntwo\nthree\n' });
  await mkdir(`${work}/src/deep`, { recursive: true });
  await writeFile(`${work}/src/deep/b.ts`, 'const Needle = 1;\n');
  await writeFile(`${work}/src/latin.txt`, Buffer.from([0x61, 0xe4, 0x0a]));
  await writeFile(`${work}/bin`, Buffer.from([0, 1, 2]));
  await writeFile(`${work}/${ODD}`, 'needle\n');
  await symlink('/etc/shadow', `${work}/link`);
  await commit('more');
  first = (await rig.git('-C', work, 'rev-parse', 'main')).stdout.trim();
  await writeFile(`${work}/a.txt`, 'one\nTWO\nthree\n');
  await commit('second');
  await rig.git('-C', work, 'tag', 'v1');
  await rig.git('-C', work, 'push', '-q', `${rig.urlOf(CODER)}/coder/app.git`, 'main', 'v1');
});
afterAll(() => rig.close());

async function commit(message: string): Promise<void> {
  await rig.git('-C', work, 'add', '.');
  await rig.git('-C', work, 'commit', '-q', '-m', message);
}
const coder = () => rig.agent(CODER);

test('directories stand before files, whatever their names; a path that is none is not found', async () => {
  const { entries, leftOut } = await coder().call('readTree', app);
  expect(leftOut).toBe(0);
  expect(entries).toEqual([
    { name: 'src', kind: 'directory', size: null },
    { name: ODD, kind: 'file', size: 7 },
    { name: 'a.txt', kind: 'file', size: 14 },
    { name: 'bin', kind: 'file', size: 3 },
    { name: 'link', kind: 'symlink', size: 11 },
  ]);
  const inside = await coder().call('readTree', { ...app, path: 'src', ref: 'v1' });
  expect(inside.entries.map(({ name }) => name)).toEqual(['deep', 'latin.txt']);
  for (const path of ['none', 'a.txt', 'sr', '*', ':(top)src'])
    await expect(coder().call('readTree', { ...app, path }), path).rejects.toMatchObject({ code: 'not_found' });
});

test.each(['..', 'src/../a.txt', '/src', 'src/', 'a//b', './a.txt'])('%s is no path in a repository', async (path) => {
  await expect(coder().call('readTree', { ...app, path })).rejects.toMatchObject({ code: 'invalid_input' });
});

test('a file is text, binary or a symlink, which is not followed', async () => {
  const read = (path: string, ref?: string) => coder().call('readRepoFile', { ...app, path, ...(ref === undefined ? {} : { ref }) }); // prettier-ignore
  expect(await read('a.txt')).toMatchObject({ text: 'one\nTWO\nthree\n', size: 14, isBinary: false });
  expect(await read('a.txt', first)).toMatchObject({ text: 'one\ntwo\nthree\n', commit: first });
  expect(await read(ODD)).toMatchObject({ text: 'needle\n' });
  expect(await read('bin')).toMatchObject({ text: null, isBinary: true });
  expect(await read('src/latin.txt')).toMatchObject({ text: null, isBinary: true });
  expect(await read('link')).toMatchObject({ text: '/etc/shadow', isSymlink: true });
  for (const path of ['src', 'none', 'a.txt/b'])
    await expect(read(path), path).rejects.toMatchObject({ code: 'not_found' });
});

test('lines name the commits they came with, and a path its history', async () => {
  const { runs } = await coder().call('blameFile', { ...app, path: 'a.txt' });
  expect(runs.map(({ commit: { summary, author }, line, lines }) => [line, lines, summary, author])).toEqual([
    [1, 1, 'first of work', 'tester'],
    [2, 1, 'second', 'tester'],
    [3, 1, 'first of work', 'tester'],
  ]);
  await expect(coder().call('blameFile', { ...app, path: 'bin' })).rejects.toMatchObject({ code: 'not_found' });
  const history = (more: object) => coder().call('readHistory', { ...app, ...more });
  expect((await history({ path: 'a.txt' })).commits.map(({ summary }) => summary)).toEqual(['second', 'first of work']);
  expect(await history({ path: 'a.txt', limit: 1 })).toMatchObject({ more: true });
  expect((await history({})).commits).toHaveLength(3);
  await expect(history({ path: '*.txt' })).rejects.toMatchObject({ code: 'not_found' });
});

test('a search finds text of any case as it is written, in text files', async () => {
  const search = async (query: string) =>
    (await coder().call('searchRepo', { ...app, query })).hits.map(({ path, line }) => [path, line]);
  expect(await search('needle')).toEqual([
    [ODD, 1],
    ['src/deep/b.ts', 1],
  ]);
  expect(await search('T.O')).toEqual([]);
  expect(await search('--open-files-in-pager')).toEqual([]);
});

/** Vulnerability: a reader sees commits that no branch leads to any more, for example a secret that was pushed over. */
test('a commit is shown only while a branch or a tag leads to it, and to those who may read', async () => {
  await rig.git('-C', work, 'checkout', '-q', '-b', 'gone');
  await writeFile(`${work}/secret`, 'x\n');
  await commit('secret');
  const secret = (await rig.git('-C', work, 'rev-parse', 'gone')).stdout.trim();
  const url = `${rig.urlOf(CODER)}/coder/app.git`;
  await rig.git('-C', work, 'push', '-q', url, 'gone');
  expect((await coder().call('readTree', { ...app, ref: secret })).commit).toBe(secret);
  expect((await coder().call('readTree', { ...app, ref: 'refs/heads/gone' })).commit, 'by its full name').toBe(secret);
  await rig.git('-C', work, 'push', '-q', url, ':gone');
  for (const ref of [secret, 'gone', 'HEAD', 'main~1', '--all', '@{u}'])
    await expect(coder().call('readTree', { ...app, ref }), ref).rejects.toMatchObject({ code: 'not_found' });
  for (const name of ['readTree', 'readHistory'] as const)
    await expect(rig.agent(SCOUT).call(name, app), name).rejects.toMatchObject({ code: 'unknown_repo' });
  for (const name of ['readRepoFile', 'blameFile'] as const)
    await expect(rig.agent(SCOUT).call(name, { ...app, path: 'a.txt' }), name).rejects.toMatchObject({ code: 'unknown_repo' }); // prettier-ignore
  await expect(rig.agent(SCOUT).call('searchRepo', { ...app, query: 'needle' })).rejects.toMatchObject({
    code: 'unknown_repo',
  });
});
