/** What a merge does to branches, and what keeps it from being done: real git, real sockets. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openForgeDb } from './store/forge-db.ts';
import { openPush } from './store/pushes.ts';
import { findRepository } from './store/repositories.ts';
import { findPull, setMerging } from './store/pulls.ts';
import { CODER, SCOUT } from './testing/forge-rig.ts';
import { app, withPulls } from './testing/with-pulls.ts';

const web = app.owner;
const given = withPulls();
const { pushChange, open, describe, approve, main, urlOf } = given;

test('a conflict is named by file, with the commands that solve it; both ways of trying leave no objects', async () => {
  await pushChange('one', ['a.txt', 'one of mine\n']);
  await pushChange('two', ['a.txt', 'two of mine\n']);
  await open('one');
  await open('two');
  await given.rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'nobody' });
  await given.rig.operator.call('mergePull', { ...app, number: 1 });
  const objects = () => given.rig.git(`--git-dir=${given.rig.repositoryDir('web/app')}`, 'count-objects', '-v');
  const before = (await objects()).stdout;
  const { merge } = await describe(2);
  expect(merge.conflicts).toEqual(['a.txt']);
  expect(merge.reasons).toEqual([
    'it conflicts with main in "a.txt". Solve it on two: git fetch origin && git checkout two && git merge origin/main, then commit and push',
  ]);
  expect((await objects()).stdout).toBe(before);
  await expect(given.rig.operator.call('mergePull', { ...app, number: 2 })).rejects.toMatchObject({
    code: 'not_mergeable',
    details: { conflicts: ['a.txt'] },
  });
  expect((await describe(2)).pull.state).toBe('open');
});

test.each(['squash', 'rebase', 'fast_forward'] as const)('a merge by %s', async (method) => {
  await given.rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'merge' });
  await pushChange('fix', ['a.txt', 'two\n']);
  await pushChange('fix', ['a.txt', 'three\n'], { from: 'fix' });
  await open('fix', { title: 'Three' });
  if (method !== 'fast_forward') {
    await given.rig.git('-C', given.work, 'checkout', '-q', 'main');
    await pushChange('main', ['c.txt', 'c\n'], { as: 'operator' });
  }
  const { pull } = await given.rig.operator.call('mergePull', { ...app, number: 1, method });
  const log = await given.rig.git(
    `--git-dir=${given.rig.repositoryDir('web/app')}`,
    'log',
    '--format=%an|%cn|%s',
    'main',
  );
  const lines = log.stdout.trim().split('\n');
  const expected = {
    squash: ['coder|operator|Three (#1)', 'tester|tester|change c.txt', 'tester|tester|first of work'],
    rebase: [
      'tester|operator|change a.txt',
      'tester|operator|change a.txt',
      'tester|tester|change c.txt',
      'tester|tester|first of work',
    ],
    fast_forward: ['tester|tester|change a.txt', 'tester|tester|change a.txt', 'tester|tester|first of work'],
  };
  expect(lines).toEqual(expected[method]);
  expect(pull.mergeCommit).toBe(await main());
  const shown = await given.rig.git(`--git-dir=${given.rig.repositoryDir('web/app')}`, 'show', 'main:a.txt');
  expect(shown.stdout).toBe('three\n');
  expect((await given.rig.git(`--git-dir=${given.rig.repositoryDir('web/app')}`, 'fsck', '--full')).code).toBe(0);
});

test('a fast-forward is refused when the base moved, and the branch stays', async () => {
  await given.rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'merge' });
  await pushChange('fix', ['a.txt', 'two\n']);
  await open('fix');
  await given.rig.git('-C', given.work, 'checkout', '-q', 'main');
  await pushChange('main', ['c.txt', 'c\n'], { as: 'operator' });
  await expect(
    given.rig.operator.call('mergePull', { ...app, number: 1, method: 'fast_forward' }),
  ).rejects.toMatchObject({
    code: 'not_mergeable',
    message: expect.stringContaining('its branch lacks commits of the base'),
  });
});

test('a branch that is deleted before its merge loses nothing; one on top of a merged one goes on to its base', async () => {
  await given.rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'nobody' });
  await pushChange('below', ['a.txt', 'two\n']);
  const top = await pushChange('top', ['b.txt', 'two\n'], { from: 'below' });
  await open('below');
  await open('top', { base: 'below' });
  await approve(2, top);
  await given.rig.git('-C', given.work, 'push', '-q', urlOf(CODER), ':top');
  await given.rig.operator.call('pruneRepo', app);
  expect((await describe(2)).files).toMatchObject([{ path: 'b.txt' }]);
  await given.rig.operator.call('mergePull', { ...app, number: 1 });
  const { pull, merge } = await describe(2);
  expect(pull).toMatchObject({ base: 'main', state: 'open', commit: top });
  expect(merge.approvedBy).toEqual(['scout']);
  await given.rig.git('-C', given.work, 'push', '-q', urlOf(CODER), ':below');
  await given.rig.operator.call('mergePull', { ...app, number: 2, method: 'squash' });
  const shown = await given.rig.git(`--git-dir=${given.rig.repositoryDir('web/app')}`, 'show', 'main:b.txt');
  expect(shown.stdout).toBe('two\n');
  // Its commits are in no branch: they stay for its diff until the operator prunes.
  expect((await describe(2)).commits).toHaveLength(1);
  await given.rig.operator.call('pruneRepo', app);
  expect(await describe(2)).toMatchObject({ commits: [], files: [], pull: { state: 'merged' } });
});

test('a base whose history is another one has no common change: it is said, and the conversation is still shown', async () => {
  await given.rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'nobody' });
  await pushChange('fix', ['a.txt', 'two\n']);
  await open('fix');
  const gitDir = `--git-dir=${given.rig.repositoryDir('web/app')}`;
  const tree = (await given.rig.git(gitDir, 'rev-parse', 'main^{tree}')).stdout.trim();
  const other = (await given.rig.git(gitDir, 'commit-tree', tree, '-m', 'another history')).stdout.trim();
  await given.rig.git(gitDir, 'update-ref', 'refs/heads/main', other);
  const seen = await describe(1);
  expect(seen).toMatchObject({ pull: { state: 'open' }, files: [], commits: [] });
  expect(seen.merge.reasons.join()).toContain('its history and its base have nothing in common');
  expect((await given.rig.agent(SCOUT).call('diffPull', { ...app, number: 1 })).text).toBe('');
});

test('until hived has said which owners are projects, no branch moves', async () => {
  const second = await given.rig.startSecond({ knowsAgents: false });
  const { stderr } = await given.rig.git('-C', given.work, 'push', urlOf('operator'), 'main:other');
  expect(stderr).toContain('does not know the projects yet');
  await second.close(0);
});

test('a push that brings the branch into its base ends the pull request as merged', async () => {
  await given.rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'merge' });
  await pushChange('fix', ['a.txt', 'two\n']);
  await open('fix');
  await given.rig.git('-C', given.work, 'push', '-q', urlOf('operator'), 'fix:main');
  expect((await describe(1)).pull).toMatchObject({ state: 'merged', endedBy: 'operator', mergeCommit: await main() });
});

test('a forge that dies between its word and the move of the base merges or does not, and says which once', async () => {
  await given.rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'nobody' });
  await pushChange('fix', ['a.txt', 'two\n']);
  await pushChange('other', ['b.txt', 'two\n']);
  await open('fix');
  await open('other');
  const dir = given.rig.repositoryDir('web/app');
  const before = await main();
  const tree = (await given.rig.git(`--git-dir=${dir}`, 'rev-parse', 'fix^{tree}')).stdout.trim();
  const commit = (
    await given.rig.git(`--git-dir=${dir}`, 'commit-tree', tree, '-p', before, '-m', 'as if merged')
  ).stdout.trim();
  const die = (number: number, moves: boolean) =>
    given.rig.restart(async () => {
      const db = openForgeDb(join(given.rig.dir, 'root', 'forge.db'), null);
      const repositoryId = findRepository(db, web, app.name)?.id as number;
      const commands = [{ ref: 'refs/heads/main', new: commit }];
      // No process has this pid: the kernel's maximum is 4,194,304.
      openPush(db, { repositoryId, by: 'coder', pid: 5_000_000, commands, at: 1 });
      setMerging(db, findPull(db, repositoryId, number)?.id as number, commit);
      db.close();
      if (moves) await given.rig.git(`--git-dir=${dir}`, 'update-ref', 'refs/heads/main', commit);
    });
  await die(2, false);
  await given.rig.setProjects({ web: { coder: 'write', scout: 'review' } });
  expect((await describe(2)).pull.state).toBe('open');
  await die(1, true);
  await given.rig.restart();
  await given.rig.setProjects({ web: { coder: 'write', scout: 'review' } });
  expect((await describe(1)).pull).toMatchObject({ state: 'merged', endedBy: 'coder', mergeCommit: commit });
  expect((await describe(2)).pull.state).toBe('open');
  const ends = (await given.rig.facts()).filter(({ kind }) => kind === 'forge.pull_ended');
  expect(ends).toMatchObject([{ by: 'coder', data: { number: 1, commit } }]);
});
