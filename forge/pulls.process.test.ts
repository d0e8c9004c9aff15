/** Pull requests from end to end: real git, real sockets, the rights of a project's members. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ProjectName, RepoName } from '../protocol/names.ts';
import { openForgeDb } from './store/forge-db.ts';
import { findPull, setMerging } from './store/pulls.ts';
import { openPush } from './store/pushes.ts';
import { findRepository } from './store/repositories.ts';
import { CODER, type ForgeRig, MANAGER, SCOUT, startRig } from './testing/forge-rig.ts';

const web = 'web' as ProjectName;
const PLAIN = { keepOnRebase: false, owners: false, roles: [], queue: false };
const app = { owner: web, name: 'app' as RepoName };
let rig: ForgeRig;
let work: string;

/** A project with a worker, a judge and the manager, who only reads. */
beforeEach(async () => {
  rig = await startRig();
  await rig.setProjects({ web: { coder: 'write', scout: 'review' } });
  work = await rig.makeWork('work', { 'a.txt': 'one\n', 'b.txt': 'b\n' });
  await rig.git('-C', work, 'push', '-q', `${rig.urlOf(CODER)}/web/app.git`, 'main');
});
afterEach(() => rig.close());

const urlOf = (who: Parameters<ForgeRig['urlOf']>[0]) => `${rig.urlOf(who)}/web/app.git`;

/** A commit on a branch of the work tree, pushed. */
async function pushChange(
  branch: string,
  [file, text]: readonly [file: string, text: string],
  { from = 'main', as = CODER as Parameters<ForgeRig['urlOf']>[0] } = {},
): Promise<string> {
  await rig.git('-C', work, 'checkout', '-q', '-B', branch, from);
  await rig.git('-C', work, 'rm', '-q', '--cached', '--ignore-unmatch', file);
  await writeFile(`${work}/${file}`, text);
  await rig.git('-C', work, 'add', file);
  await rig.git('-C', work, 'commit', '-q', '-m', `change ${file}`);
  const pushed = await rig.git('-C', work, 'push', '-q', '-f', urlOf(as), branch);
  expect(pushed.stderr).toBe('');
  return (await rig.git('-C', work, 'rev-parse', branch)).stdout.trim();
}

const open = (head: string, more: object = {}) =>
  rig.agent(CODER).call('openPull', { ...app, head, title: `Merge ${head}`, ...more });
const describe = (number: number) => rig.agent(SCOUT).call('describePull', { ...app, number });
const approve = (number: number, commit: string) =>
  rig.agent(SCOUT).call('reviewPull', { ...app, number, verdict: 'approve', commit });
const main = async () =>
  (await rig.git(`--git-dir=${rig.repositoryDir('web/app')}`, 'rev-parse', 'main')).stdout.trim();
const mails = async () =>
  (await rig.facts()).flatMap(({ mail }) =>
    mail.map(({ to, body }) => `${to}: ${body.map((part) => (typeof part === 'string' ? part : part.quote)).join('')}`),
  );

test('a worker opens one, a judge asks for changes and approves the next commit, and it is merged; each hears the other', async () => {
  const first = await pushChange('fix', ['a.txt', 'two\n']);
  const { pull } = await open('fix', { body: 'It was wrong.', reviewers: [SCOUT] });
  expect(pull).toMatchObject({ number: 1, author: 'coder', state: 'open', base: 'main', head: 'fix', commit: first });
  const seen = await describe(1);
  const count = async () =>
    (await rig.operator.call('listRepos', {})).repos.flatMap(({ owner, openPulls }) =>
      owner === web ? [openPulls] : [],
    );
  expect(await count()).toEqual([1]);
  expect(seen).toMatchObject({
    body: 'It was wrong.',
    reviewers: ['scout'],
    files: [{ path: 'a.txt', added: 1, removed: 1 }],
    commits: [{ oid: first, summary: 'change a.txt' }],
    merge: { ready: false, reasons: ['it needs 1 approval of its newest commit and has 0'], conflicts: [] },
  });
  const diff = await rig.agent(SCOUT).call('diffPull', { ...app, number: 1 });
  expect(diff).toMatchObject({ commit: first, next: null, text: expect.stringContaining('-one\n+two\n') });
  const wants = { ...app, number: 1, verdict: 'request_changes', commit: first, body: 'Say three.' } as const;
  await rig.agent(SCOUT).call('reviewPull', { ...wants, path: 'a.txt', line: 1 });
  const second = await pushChange('fix', ['a.txt', 'three\n']);
  await expect(approve(1, first)).rejects.toMatchObject({ code: 'pull_moved' });
  await approve(1, second);
  const ready = await describe(1);
  expect(ready.merge).toMatchObject({ ready: true, reasons: [], approvedBy: ['scout'], changesWantedBy: [] });
  expect(ready.entries.map(({ by, kind, stale }) => [by, kind, stale])).toEqual([
    ['scout', 'request_changes', true],
    ['coder', 'pushed', false],
    ['scout', 'approve', false],
  ]);
  const { pull: merged } = await rig.operator.call('mergePull', { ...app, number: 1, commit: second });
  expect(merged).toMatchObject({ state: 'merged', endedBy: 'operator', mergeCommit: await main() });
  const log = await rig.git(`--git-dir=${rig.repositoryDir('web/app')}`, 'log', '-1', '--format=%an|%B', 'main');
  expect(log.stdout.trim()).toBe('operator|Merge pull request #1 from fix\n\nMerge fix\n\nIt was wrong.');
  expect(await mails()).toEqual([
    expect.stringContaining(`scout: coder asks you to review web/app#1: Merge fix. It merges fix into main`),
    'coder: scout wants changes in web/app#1 (Merge fix), at line 1 of a.txt: Say three.',
    expect.stringContaining('scout: web/app#1 (Merge fix) has new commits by coder'),
    'coder: scout approved web/app#1 (Merge fix).',
    'coder: web/app#1 (Merge fix) is merged into main by operator.',
  ]);
  // What it changed is shown as before it was merged.
  expect((await describe(1)).files).toHaveLength(1);
});

test('nobody approves work that they wrote, pushed or made; rights are those of the moment of the merge', async () => {
  await pushChange('fix', ['a.txt', 'two\n']);
  await rig.setProjects({ web: { coder: 'merge', scout: 'write' } });
  // The judge pushes, too: its approval no longer counts, before or after.
  const { pull } = await open('fix');
  await approve(1, pull.commit);
  expect((await describe(1)).merge.ready).toBe(true);
  const commit = await pushChange('fix', ['b.txt', 'x\n'], { from: 'fix', as: SCOUT });
  await expect(approve(1, commit)).rejects.toMatchObject({
    code: 'forbidden',
    message: 'scout pushed to this branch: somebody else has to approve it.',
  });
  const unread = { ...app, number: 1, verdict: 'request_changes', body: 'x' } as const;
  await expect(rig.agent(SCOUT).call('reviewPull', unread)).rejects.toMatchObject({
    code: 'invalid_input',
    message: 'commit: name the commit that you read and judge.',
  });
  const own = rig.agent(CODER).call('reviewPull', { ...app, number: 1, verdict: 'approve', commit });
  await expect(own).rejects.toMatchObject({
    message: 'coder opened this pull request: somebody else has to approve it.',
  });
  const merge = () => rig.agent(CODER).call('mergePull', { ...app, number: 1 });
  await expect(merge()).rejects.toMatchObject({
    code: 'not_mergeable',
    message: 'web/app#1 cannot be merged: it needs 1 approval of its newest commit and has 0.',
  });
  await rig.operator.call('reviewPull', { ...app, number: 1, verdict: 'approve', commit });
  await rig.setProjects({ web: { coder: 'write', scout: 'write' } });
  await expect(merge()).rejects.toMatchObject({ code: 'forbidden' });
  await rig.setProjects({ web: { coder: 'merge' } });
  expect((await merge()).pull).toMatchObject({ state: 'merged', endedBy: 'coder' });
});

test('a judge that may not review any more counts for nothing', async () => {
  await pushChange('fix', ['a.txt', 'two\n']);
  const { pull } = await open('fix');
  await approve(1, pull.commit);
  await rig.setProjects({ web: { coder: 'merge' } });
  const merge = rig.agent(CODER).call('mergePull', { ...app, number: 1 });
  await expect(merge).rejects.toMatchObject({ code: 'not_mergeable' });
  expect((await rig.operator.call('describePull', { ...app, number: 1 })).entries).toMatchObject([
    { kind: 'approve', stale: true },
  ]);
});

test('the default branch of a project is protected against every push, and other rules are the operator’s', async () => {
  await rig.setProjects({ web: { coder: 'merge', scout: 'write' } });
  const push = async (as: typeof CODER, ...refs: string[]) =>
    (await rig.git('-C', work, 'push', '-f', urlOf(as), ...refs)).stderr;
  await rig.git('-C', work, 'commit', '-q', '--allow-empty', '-m', 'direct');
  const refused = 'main is protected: push another branch and open a pull request for it';
  expect(await push(CODER, 'main')).toContain(refused);
  expect((await rig.git('-C', work, 'push', urlOf('operator'), 'main')).stderr).toContain(refused);
  expect(await push(CODER, ':main')).toContain('main is protected: nobody may delete it');
  await rig.operator.call('setRule', { ...app, pattern: 'release/*', approvals: 0, direct: 'merge' });
  expect(await push(SCOUT, 'main:release/1')).toContain('release/1 is protected, and you may not merge');
  expect(await push(CODER, 'main:release/1')).toContain('[new branch]');
  expect(await push(CODER, 'main~1:release/1')).toContain('release/1 is protected: nobody may remove commits from it');
  await rig.git('-C', work, 'commit', '-q', '--allow-empty', '-m', 'more');
  expect(await push(CODER, 'main:release/1')).toMatch(/main -> release\/1/);
  await rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'merge' });
  expect(await push(CODER, 'main')).toMatch(/main -> main/);
  expect((await rig.agent(CODER).call('listRules', app)).rules).toEqual([
    { pattern: 'main', approvals: 0, direct: 'merge', ...PLAIN },
    { pattern: 'release/*', approvals: 0, direct: 'merge', ...PLAIN },
  ]);
  await rig.operator.call('removeRule', { ...app, pattern: 'main' });
  await rig.git('-C', work, 'commit', '-q', '--allow-empty', '-m', 'again');
  expect(await push(CODER, 'main')).toContain(refused);
});

test('a conflict is named by file, with the commands that solve it; both ways of trying leave no objects', async () => {
  await pushChange('one', ['a.txt', 'one of mine\n']);
  await pushChange('two', ['a.txt', 'two of mine\n']);
  await open('one');
  await open('two');
  await rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'nobody' });
  await rig.operator.call('mergePull', { ...app, number: 1 });
  const objects = () => rig.git(`--git-dir=${rig.repositoryDir('web/app')}`, 'count-objects', '-v');
  const before = (await objects()).stdout;
  const { merge } = await describe(2);
  expect(merge.conflicts).toEqual(['a.txt']);
  expect(merge.reasons).toEqual([
    'it conflicts with main in "a.txt". Solve it on two: git fetch origin && git checkout two && git merge origin/main, then commit and push',
  ]);
  expect((await objects()).stdout).toBe(before);
  await expect(rig.operator.call('mergePull', { ...app, number: 2 })).rejects.toMatchObject({
    code: 'not_mergeable',
    details: { conflicts: ['a.txt'] },
  });
  expect((await describe(2)).pull.state).toBe('open');
});

test.each(['squash', 'rebase', 'fast_forward'] as const)('a merge by %s', async (method) => {
  await rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'merge' });
  await pushChange('fix', ['a.txt', 'two\n']);
  await pushChange('fix', ['a.txt', 'three\n'], { from: 'fix' });
  await open('fix', { title: 'Three' });
  if (method !== 'fast_forward') {
    await rig.git('-C', work, 'checkout', '-q', 'main');
    await pushChange('main', ['c.txt', 'c\n'], { as: 'operator' });
  }
  const { pull } = await rig.operator.call('mergePull', { ...app, number: 1, method });
  const log = await rig.git(`--git-dir=${rig.repositoryDir('web/app')}`, 'log', '--format=%an|%cn|%s', 'main');
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
  const shown = await rig.git(`--git-dir=${rig.repositoryDir('web/app')}`, 'show', 'main:a.txt');
  expect(shown.stdout).toBe('three\n');
  expect((await rig.git(`--git-dir=${rig.repositoryDir('web/app')}`, 'fsck', '--full')).code).toBe(0);
});

test('a fast-forward is refused when the base moved, and the branch stays', async () => {
  await rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'merge' });
  await pushChange('fix', ['a.txt', 'two\n']);
  await open('fix');
  await rig.git('-C', work, 'checkout', '-q', 'main');
  await pushChange('main', ['c.txt', 'c\n'], { as: 'operator' });
  await expect(rig.operator.call('mergePull', { ...app, number: 1, method: 'fast_forward' })).rejects.toMatchObject({
    code: 'not_mergeable',
    message: expect.stringContaining('its branch lacks commits of the base'),
  });
});

test('a branch that is deleted before its merge loses nothing; one on top of a merged one goes on to its base', async () => {
  await rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'nobody' });
  await pushChange('below', ['a.txt', 'two\n']);
  const top = await pushChange('top', ['b.txt', 'two\n'], { from: 'below' });
  await open('below');
  await open('top', { base: 'below' });
  await approve(2, top);
  await rig.git('-C', work, 'push', '-q', urlOf(CODER), ':top');
  await rig.operator.call('pruneRepo', app);
  expect((await describe(2)).files).toMatchObject([{ path: 'b.txt' }]);
  await rig.operator.call('mergePull', { ...app, number: 1 });
  const { pull, merge } = await describe(2);
  expect(pull).toMatchObject({ base: 'main', state: 'open', commit: top });
  expect(merge.approvedBy).toEqual(['scout']);
  await rig.git('-C', work, 'push', '-q', urlOf(CODER), ':below');
  await rig.operator.call('mergePull', { ...app, number: 2, method: 'squash' });
  const shown = await rig.git(`--git-dir=${rig.repositoryDir('web/app')}`, 'show', 'main:b.txt');
  expect(shown.stdout).toBe('two\n');
  // Its commits are in no branch: they stay for its diff until the operator prunes.
  expect((await describe(2)).commits).toHaveLength(1);
  await rig.operator.call('pruneRepo', app);
  expect(await describe(2)).toMatchObject({ commits: [], files: [], pull: { state: 'merged' } });
});

test('an agent that writes without end is stopped; old conversations go for new ones', async () => {
  await rig.close();
  rig = await startRig({ maxPullWrites: 3, maxPullChars: 2_000 });
  await rig.setProjects({ web: { coder: 'write', scout: 'review' } });
  work = await rig.makeWork('more', { 'a.txt': 'one\n' });
  await rig.git('-C', work, 'push', '-q', urlOf(CODER), 'main');
  await pushChange('fix', ['a.txt', 'two\n']);
  await open('fix');
  const comment = (body: string) =>
    rig.agent(SCOUT).call('reviewPull', { ...app, number: 1, verdict: 'comment', body });
  await comment('x'.repeat(1_500));
  await expect(comment('x'.repeat(1_500))).rejects.toMatchObject({ code: 'forge_quota' });
  await comment('y');
  await comment('y');
  await expect(comment('y')).rejects.toMatchObject({ code: 'rate_exceeded' });
  await rig.operator.call('editPull', { ...app, number: 1, state: 'closed' });
  // The conversation that is written to is not the one that goes.
  const more = { ...app, number: 1, verdict: 'comment', body: 'x'.repeat(1_500) } as const;
  await expect(rig.operator.call('reviewPull', more)).rejects.toMatchObject({ code: 'forge_quota' });
  await rig.operator.call('openPull', { ...app, head: 'fix', title: 'Again', body: 'x'.repeat(1_500) });
  await expect(describe(1)).rejects.toMatchObject({ code: 'unknown_pull' });
  expect((await describe(2)).pull.title).toBe('Again');
});

test('a forge that dies before it kept the commits of a new one keeps them at its next start', async () => {
  const commit = await pushChange('fix', ['a.txt', 'two\n']);
  await open('fix');
  const gitDir = `--git-dir=${rig.repositoryDir('web/app')}`;
  await rig.restart(async () => void (await rig.git(gitDir, 'update-ref', '-d', 'refs/pull/1/head')));
  expect((await rig.git(gitDir, 'rev-parse', 'refs/pull/1/head')).stdout.trim()).toBe(commit);
});

test('a base whose history is another one has no common change: it is said, and the conversation is still shown', async () => {
  await rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'nobody' });
  await pushChange('fix', ['a.txt', 'two\n']);
  await open('fix');
  const gitDir = `--git-dir=${rig.repositoryDir('web/app')}`;
  const tree = (await rig.git(gitDir, 'rev-parse', 'main^{tree}')).stdout.trim();
  const other = (await rig.git(gitDir, 'commit-tree', tree, '-m', 'another history')).stdout.trim();
  await rig.git(gitDir, 'update-ref', 'refs/heads/main', other);
  const seen = await describe(1);
  expect(seen).toMatchObject({ pull: { state: 'open' }, files: [], commits: [] });
  expect(seen.merge.reasons.join()).toContain('its history and its base have nothing in common');
  expect((await rig.agent(SCOUT).call('diffPull', { ...app, number: 1 })).text).toBe('');
});

test('until hived has said which owners are projects, no branch moves', async () => {
  const second = await rig.startSecond({ knowsAgents: false });
  const { stderr } = await rig.git('-C', work, 'push', urlOf('operator'), 'main:other');
  expect(stderr).toContain('does not know the projects yet');
  await second.close(0);
});

test('a push that brings the branch into its base ends the pull request as merged', async () => {
  await rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'merge' });
  await pushChange('fix', ['a.txt', 'two\n']);
  await open('fix');
  await rig.git('-C', work, 'push', '-q', urlOf('operator'), 'fix:main');
  expect((await describe(1)).pull).toMatchObject({ state: 'merged', endedBy: 'operator', mergeCommit: await main() });
});

test('a pull request is closed, opened again and changed; a second one of its branches is refused', async () => {
  const commit = await pushChange('fix', ['a.txt', 'two\n']);
  await open('fix', { draft: true, reviewers: [SCOUT] });
  expect(await mails()).toEqual([]);
  await expect(open('fix')).rejects.toMatchObject({ code: 'duplicate_pull' });
  await expect(open('main')).rejects.toMatchObject({ code: 'nothing_to_merge' });
  await expect(open('gone')).rejects.toMatchObject({ code: 'not_found' });
  await expect(open('fix', { base: 'gone' })).rejects.toMatchObject({ code: 'not_found' });
  await expect(open('fix', { reviewers: [MANAGER] })).rejects.toMatchObject({ code: 'forbidden' });
  await approve(1, commit);
  expect((await describe(1)).merge.reasons).toEqual(['it is a draft: mark it as ready first']);
  const edit = (change: object) => rig.agent(CODER).call('editPull', { ...app, number: 1, ...change });
  await edit({ title: 'Better', draft: false });
  expect((await mails()).filter((text) => text.startsWith('scout:'))).toEqual([
    expect.stringContaining('coder asks you to review web/app#1: Better.'),
  ]);
  const foreign = rig.agent(SCOUT).call('editPull', { ...app, number: 1, state: 'closed' });
  await expect(foreign).rejects.toMatchObject({ code: 'forbidden' });
  expect((await edit({ state: 'closed' })).pull).toMatchObject({ state: 'closed', endedBy: 'coder' });
  await expect(edit({ title: 'x' })).rejects.toMatchObject({ code: 'pull_ended' });
  await expect(approve(1, commit)).rejects.toMatchObject({ code: 'pull_ended' });
  expect((await edit({ state: 'open' })).pull).toMatchObject({ state: 'open', title: 'Better' });
  const { pulls } = await rig.agent(SCOUT).call('listPulls', { owner: web });
  expect(pulls.map(({ number, title }) => [number, title])).toEqual([[1, 'Better']]);
  expect((await rig.agent(MANAGER).call('listPulls', {})).pulls).toHaveLength(1);
});

test('who may not see the repository sees no pull request, and cannot guess one', async () => {
  await pushChange('fix', ['a.txt', 'two\n']);
  await open('fix');
  await rig.setProjects({ web: { coder: 'write' } });
  const scout = rig.agent(SCOUT);
  expect((await scout.call('listPulls', {})).pulls).toEqual([]);
  const path = { ...app, number: 1 };
  for (const attempt of [
    scout.call('describePull', path),
    scout.call('diffPull', path),
    scout.call('reviewPull', { ...path, verdict: 'comment', body: 'x' }),
    scout.call('mergePull', path),
    scout.call('editPull', { ...path, title: 'x' }),
    scout.call('listRules', app),
    scout.call('openPull', { ...app, head: 'fix', title: 'x' }),
  ])
    await expect(attempt).rejects.toMatchObject({ code: 'unknown_repo' });
});

test('a forge that dies between its word and the move of the base merges or does not, and says which once', async () => {
  await rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'nobody' });
  await pushChange('fix', ['a.txt', 'two\n']);
  await pushChange('other', ['b.txt', 'two\n']);
  await open('fix');
  await open('other');
  const dir = rig.repositoryDir('web/app');
  const before = await main();
  const tree = (await rig.git(`--git-dir=${dir}`, 'rev-parse', 'fix^{tree}')).stdout.trim();
  const commit = (
    await rig.git(`--git-dir=${dir}`, 'commit-tree', tree, '-p', before, '-m', 'as if merged')
  ).stdout.trim();
  const die = (number: number, moves: boolean) =>
    rig.restart(async () => {
      const db = openForgeDb(join(rig.dir, 'root', 'forge.db'), null);
      const repositoryId = findRepository(db, web, app.name)?.id as number;
      const commands = [{ ref: 'refs/heads/main', new: commit }];
      // No process has this pid: the kernel's maximum is 4,194,304.
      openPush(db, { repositoryId, by: 'coder', pid: 5_000_000, commands, at: 1 });
      setMerging(db, findPull(db, repositoryId, number)?.id as number, commit);
      db.close();
      if (moves) await rig.git(`--git-dir=${dir}`, 'update-ref', 'refs/heads/main', commit);
    });
  await die(2, false);
  await rig.setProjects({ web: { coder: 'write', scout: 'review' } });
  expect((await describe(2)).pull.state).toBe('open');
  await die(1, true);
  await rig.restart();
  await rig.setProjects({ web: { coder: 'write', scout: 'review' } });
  expect((await describe(1)).pull).toMatchObject({ state: 'merged', endedBy: 'coder', mergeCommit: commit });
  expect((await describe(2)).pull.state).toBe('open');
  const ends = (await rig.facts()).filter(({ kind }) => kind === 'forge.pull_ended');
  expect(ends).toMatchObject([{ by: 'coder', data: { number: 1, commit } }]);
});
