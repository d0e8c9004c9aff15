/**
 * Vulnerability: a repository is damaged on the disk, or changed past the forge, and nobody knows until it is needed.
 * Scenario: real damage, one kind each. Verified: it is named, in words, with what to do; the operator hears it once.
 */
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CODER, startRig } from './testing/forge-rig.ts';
import { until } from './testing/until.ts';
import { app, withPulls } from './testing/with-pulls.ts';

const forge = withPulls();
const path = () => forge.rig.repositoryDir('web/app');
const git = async (...argv: string[]) => (await forge.rig.git(`--git-dir=${path()}`, ...argv)).stdout.trim();
const findings = async () => (await forge.rig.operator.call('fsckRepo', app)).repo.findings;
const codes = async () => (await findings()).map(({ code }) => code);

/** Unpacks everything, so that single objects can be damaged. */
async function makeLoose(): Promise<void> {
  const packs = join(path(), 'objects/pack');
  const names = await readdir(packs);
  for (const name of names) await rename(join(packs, name), join(forge.rig.dir, name));
  for (const name of names.filter((one) => one.endsWith('.pack'))) {
    const input = await readFile(join(forge.rig.dir, name));
    execFileSync('git', [`--git-dir=${path()}`, 'unpack-objects', '-q'], { input });
  }
}

const looseFile = (oid: string) => join(path(), 'objects', oid.slice(0, 2), oid.slice(2));

test('a whole repository has no findings, also after its maintenance, with pull requests and while it is empty', async () => {
  await forge.pushChange('fix', ['b.txt', 'first']);
  const { number, commit } = (await forge.open('fix')).pull;
  await forge.approve(number, commit);
  expect(await findings()).toEqual([]);
  await forge.rig.operator.call('maintainRepo', app);
  expect(await findings()).toEqual([]);
  const empty = { owner: CODER, name: 'empty' as typeof app.name };
  await forge.rig.operator.call('createRepo', empty);
  expect((await forge.rig.operator.call('fsckRepo', empty)).repo.findings).toEqual([]);
  expect((await forge.rig.operator.call('listStrays', {})).strays).toEqual([]);
});

test('a pack that was cut off', async () => {
  const packs = join(path(), 'objects/pack');
  const pack = (await readdir(packs)).find((name) => name.endsWith('.pack'))!;
  await chmod(join(packs, pack), 0o600);
  await truncate(join(packs, pack), 60);
  const [first] = await findings();
  expect(first).toMatchObject({ code: 'damaged', advice: expect.stringContaining('from a backup') });
});

test('an object that is gone, and one that is something else', async () => {
  await makeLoose();
  const blob = await git('rev-parse', 'main:a.txt');
  const tree = await git('rev-parse', 'main^{tree}');
  const bytes = await readFile(looseFile(blob));
  await rm(looseFile(blob));
  expect((await findings()).map(({ words }) => words).join()).toContain(`missing blob ${blob}`);
  await chmod(looseFile(tree), 0o600);
  await writeFile(looseFile(tree), bytes);
  expect(await codes()).toContain('damaged');
});

test('a branch that names nothing', async () => {
  await writeFile(join(path(), 'refs/heads/nowhere'), `${'1'.repeat(40)}\n`);
  const found = await findings();
  expect(found.map(({ code }) => code)).toContain('bad_ref');
  expect(found.map(({ words }) => words).join()).toContain('refs/heads/nowhere');
});

test('a branch that was changed by hand, until a push records it', async () => {
  const other = await forge.pushChange('other', ['b.txt', 'other']);
  await git('update-ref', 'refs/heads/main', other);
  const [found] = await findings();
  expect(found).toMatchObject({ code: 'moved' });
  expect(found!.words).toContain(`refs/heads/main is ${other.slice(0, 12)}`);
  await forge.pushChange('third', ['b.txt', 'third']);
  expect(await findings()).toEqual([]);
});

test('an index that is wrong is written anew by maintenance', async () => {
  await forge.rig.operator.call('maintainRepo', app);
  const graphs = join(path(), 'objects/info/commit-graphs');
  const graph = join(
    graphs,
    (await readdir(graphs)).find((name) => name.endsWith('.graph'))!,
  );
  const damage = async (file: string) => {
    const bytes = await readFile(file);
    bytes[bytes.length - 5]! ^= 0xff;
    await chmod(file, 0o600);
    await writeFile(file, bytes);
  };
  await damage(graph);
  await damage(join(path(), 'objects/pack/multi-pack-index'));
  const found = await findings();
  expect(new Set(found.map(({ code }) => code))).toEqual(new Set(['bad_index']));
  expect(found[0]!.advice).toContain('hivectl forge maintain web/app');
  await forge.rig.operator.call('maintainRepo', app);
  expect(await findings()).toEqual([]);
});

test('commits of pull requests that no ref keeps, or that are gone', async () => {
  const head = await forge.pushChange('fix', ['b.txt', 'first']);
  const { number } = (await forge.open('fix')).pull;
  await forge.approve(number, head);
  await git('update-ref', '-d', `refs/pull/${number}/head`);
  expect(await findings()).toMatchObject([{ code: 'lost_commit', words: `No ref keeps the commits of #${number}.` }]);
  await makeLoose();
  await rm(looseFile(head));
  const lost = (await findings()).filter(({ code }) => code === 'lost_commit');
  expect(lost.map(({ words }) => words).join()).toContain(
    `the newest commit of #${number} (${head.slice(0, 12)}); what scout approved`,
  );
});

test('a directory that is gone, and files that are no repository', async () => {
  const repositories = join(forge.rig.dir, 'root/repositories');
  await mkdir(join(repositories, 'web/stray.git'));
  await writeFile(join(repositories, 'note'), '');
  await rename(path(), join(repositories, 'web/moved.git'));
  expect(await codes()).toEqual(['no_directory']);
  const { strays } = await forge.rig.operator.call('listStrays', {});
  expect(strays.map((one) => one.path.slice(repositories.length + 1)).toSorted()).toEqual([
    'note',
    'web/moved.git',
    'web/stray.git',
  ]);
});

test('the check that comes by itself tells the operator once', async () => {
  const other = await startRig({ upkeepFirstMs: 0, upkeepTickMs: 5, fsckEveryMs: 5 });
  try {
    const work = await other.makeWork('work', { 'a.txt': 'a\n' });
    await other.git('-C', work, 'push', '-q', `${other.urlOf(CODER)}/coder/app.git`, 'main');
    await writeFile(join(other.repositoryDir('coder/app'), 'refs/heads/nowhere'), `${'1'.repeat(40)}\n`);
    const told = async () => (await other.facts()).filter(({ kind }) => kind === 'forge.damage_found');
    await until('it is told', async () => (await told()).length > 0);
    const [fact] = await told();
    expect(fact).toMatchObject({ repo: 'coder/app', by: 'system', mail: [{ to: 'operator' }] });
    // Asked for, it finds the same; so do the checks that come after that.
    await other.operator.call('fsckRepo', { owner: CODER, name: app.name });
    await other.operator.call('fsckRepo', { owner: CODER, name: app.name });
    expect(await told()).toHaveLength(1);
  } finally {
    await other.close();
  }
});
