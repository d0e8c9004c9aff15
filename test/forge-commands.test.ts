/** hivectl's forge commands against a real forge: their output, and their effect. */
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RepoName } from '../protocol/names.ts';
import { CODER, type ForgeRig, startRig } from '../forge/testing/forge-rig.ts';
import { runHivectl } from '../host/cli/testing/run-hivectl.ts';

let rig: ForgeRig;
let dir: string;
beforeEach(async () => {
  rig = await startRig();
  dir = await mkdtemp(join(tmpdir(), 'hive-forge-cli-'));
  await symlink(rig.socketOf('operator'), join(dir, 'admin.sock.forge'));
  const work = await rig.makeWork('work', { 'a.txt': 'a\n' });
  const secret = await rig.makeWork('secret', { 'key.txt': 'SECRET\n' });
  const url = `${rig.urlOf(CODER)}/coder/app.git`;
  await rig.git('-C', work, 'push', '-q', url, 'main');
  await rig.git('-C', secret, 'push', '-q', url, 'main:oops');
  await rig.git('-C', work, 'push', '-q', url, ':oops');
});
afterEach(async () => {
  await rig.close();
  await rm(dir, { recursive: true });
});

const hivectl = (...argv: string[]) =>
  runHivectl(join(dir, 'admin.sock'), ['forge', ...argv], { now: Date.now(), columns: 200 });

test('prune reports what it removed, and clones keep theirs; a second one finds nothing', async () => {
  const pruned = await hivectl('prune', 'coder/app', '--yes');
  expect(pruned.code).toBe(0);
  expect(pruned.out).toMatch(
    /^Deleted 3 objects of coder\/app \(.+\)\. Clones that were made before still have them\.\n$/,
  );
  expect((await hivectl('prune', 'coder/app', '--yes')).out).toBe(
    'coder/app has nothing that no branch or tag leads to.\n',
  );
  expect(await hivectl('prune', 'coder/none', '--yes')).toMatchObject({ code: 66 });
});

test('ls --removed shows the directory of a removed repository, and until when it is kept', async () => {
  expect((await hivectl('ls', '--removed')).out).toBe('No removed repository is kept.\n');
  const removed = await hivectl('rm', 'coder/app', '--yes');
  expect(removed.out).toMatch(
    /^coder\/app is gone\. It is kept for 30 days in .*\/removed\/coder\.app\.\w+-\d+Z\.git\n$/,
  );
  const { out } = await hivectl('ls', '--removed');
  expect(out).toMatch(/REPOSITORY +SIZE +REMOVED +KEPT UNTIL +DIRECTORY/);
  expect(out).toMatch(/coder\/app .* \d{4}-\d\d-\d\d .*\/removed\/coder\.app\./);
  expect((await hivectl('ls')).out).not.toContain('coder/app');
});

test('show lists branches and commits; control sequences of an agent move no cursor', async () => {
  await rig.agent(CODER).call('createRepo', { name: 'empty' as RepoName, description: 'evil \u001b[2J words' });
  expect((await hivectl('show', 'coder/empty')).out).toBe(
    'coder/empty: evil words\n0 B, clones check out main\nIt has no branches yet.\n',
  );
  const { out } = await hivectl('show', 'coder/app');
  expect(out).toMatch(/BRANCH +CHANGED +COMMIT +AUTHOR/);
  expect(out).toMatch(/main .* tester +first of work/);
  expect(out).toContain('Last commits of main:');
  expect(await hivectl('show', 'coder/app', '--branch', 'nope')).toMatchObject({ code: 66 });
});

test('maintenance and checks of repositories: what was done, what is wrong, and the exit code', async () => {
  expect((await hivectl('maintenance')).out).toMatch(/coder\/app .* never +soon +not yet/);
  const done = await hivectl('maintain', 'coder/app');
  expect(done).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^coder\/app: history indexed, rewritten .* packs now/),
  });
  expect((await hivectl('fsck')).out).toMatch(/coder\/app: whole \(.*\)\nshared\/docs: whole/);
  expect((await hivectl('maintenance')).out).toMatch(/coder\/app .* history indexed/);
  await writeFile(join(rig.repositoryDir('coder/app'), 'refs/heads/nowhere'), `${'1'.repeat(40)}\n`);
  const wrong = await hivectl('fsck', 'coder/app');
  expect(wrong.code).toBe(1);
  expect(wrong.out).toContain('A ref names nothing: ');
  expect(wrong.out).toContain('hivectl forge restore coder/app --replace coder/app');
  expect((await hivectl('maintenance')).out).toMatch(/coder\/app .* \d found/);
  expect((await hivectl('maintain', 'coder/none')).code).toBe(66);
});

test('fork copies a repository into the namespace of the operator, or another one', async () => {
  expect((await hivectl('fork', 'coder/app')).out).toBe('Made operator/app of coder/app.\n');
  expect((await hivectl('fork', 'coder/app', 'scout/mine')).out).toBe('Made scout/mine of coder/app.\n');
  expect((await hivectl('show', 'scout/mine')).out).toContain('A fork of coder/app');
  expect((await hivectl('fork', 'coder/app')).code).toBe(73);
});
