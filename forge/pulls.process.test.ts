/** Pull requests from end to end: who may do what, what is said, and who hears it. Real git, real sockets. */
import { expect, test } from 'vitest';
import { CODER, MANAGER, SCOUT, startRig } from './testing/forge-rig.ts';
import { app, withPulls } from './testing/with-pulls.ts';

const web = app.owner;
const PLAIN = { keepOnRebase: false, owners: false, roles: [], queue: false, statuses: [] };
const given = withPulls();
const { pushChange, open, describe, approve, main, mails, urlOf } = given;

test('a worker opens one, a judge asks for changes and approves the next commit, and it is merged; each hears the other', async () => {
  const first = await pushChange('fix', ['a.txt', 'two\n']);
  const { pull } = await open('fix', { body: 'It was wrong.', reviewers: [SCOUT] });
  expect(pull).toMatchObject({ number: 1, author: 'coder', state: 'open', base: 'main', head: 'fix', commit: first });
  const seen = await describe(1);
  const count = async () =>
    (await given.rig.operator.call('listRepos', {})).repos.flatMap(({ owner, openPulls }) =>
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
  const diff = await given.rig.agent(SCOUT).call('diffPull', { ...app, number: 1 });
  expect(diff).toMatchObject({ commit: first, next: null, text: expect.stringContaining('-one\n+two\n') });
  const wants = { ...app, number: 1, verdict: 'request_changes', commit: first, body: 'Say three.' } as const;
  await given.rig.agent(SCOUT).call('reviewPull', { ...wants, path: 'a.txt', line: 1 });
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
  const { pull: merged } = await given.rig.operator.call('mergePull', { ...app, number: 1, commit: second });
  expect(merged).toMatchObject({ state: 'merged', endedBy: 'operator', mergeCommit: await main() });
  const log = await given.rig.git(
    `--git-dir=${given.rig.repositoryDir('web/app')}`,
    'log',
    '-1',
    '--format=%an|%B',
    'main',
  );
  expect(log.stdout.trim()).toBe('operator|Merge pull request #1 from fix\n\nMerge fix\n\nIt was wrong.');
  expect(await mails()).toEqual([
    expect.stringContaining(`scout: coder asks you to review web/app#1: Merge fix. It merges fix into main`),
    'coder: scout wants changes in web/app#1 (Merge fix), at line 1 of a.txt: Say three.',
    expect.stringContaining('scout: web/app#1 (Merge fix) has new commits by coder'),
    'coder: scout approved web/app#1 (Merge fix).',
    'coder: web/app#1 (Merge fix) is merged into main by the operator.',
  ]);
  // What it changed is shown as before it was merged.
  expect((await describe(1)).files).toHaveLength(1);
});

test('nobody approves work that they wrote, pushed or made; rights are those of the moment of the merge', async () => {
  await pushChange('fix', ['a.txt', 'two\n']);
  await given.rig.setProjects({ web: { coder: 'merge', scout: 'write' } });
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
  await expect(given.rig.agent(SCOUT).call('reviewPull', unread)).rejects.toMatchObject({
    code: 'invalid_input',
    message: 'commit: name the commit that you read and judge.',
  });
  const own = given.rig.agent(CODER).call('reviewPull', { ...app, number: 1, verdict: 'approve', commit });
  await expect(own).rejects.toMatchObject({
    message: 'coder opened this pull request: somebody else has to approve it.',
  });
  const merge = () => given.rig.agent(CODER).call('mergePull', { ...app, number: 1 });
  await expect(merge()).rejects.toMatchObject({
    code: 'not_mergeable',
    message: 'web/app#1 cannot be merged: it needs 1 approval of its newest commit and has 0.',
  });
  await given.rig.operator.call('reviewPull', { ...app, number: 1, verdict: 'approve', commit });
  await given.rig.setProjects({ web: { coder: 'write', scout: 'write' } });
  await expect(merge()).rejects.toMatchObject({ code: 'forbidden' });
  await given.rig.setProjects({ web: { coder: 'merge' } });
  expect((await merge()).pull).toMatchObject({ state: 'merged', endedBy: 'coder' });
});

test('a judge that may not review any more counts for nothing', async () => {
  await pushChange('fix', ['a.txt', 'two\n']);
  const { pull } = await open('fix');
  await approve(1, pull.commit);
  await given.rig.setProjects({ web: { coder: 'merge' } });
  const merge = given.rig.agent(CODER).call('mergePull', { ...app, number: 1 });
  await expect(merge).rejects.toMatchObject({ code: 'not_mergeable' });
  expect((await given.rig.operator.call('describePull', { ...app, number: 1 })).entries).toMatchObject([
    { kind: 'approve', stale: true },
  ]);
});

test('the default branch of a project is protected against every push, and other rules are the operator’s', async () => {
  await given.rig.setProjects({ web: { coder: 'merge', scout: 'write' } });
  const push = async (as: typeof CODER, ...refs: string[]) =>
    (await given.rig.git('-C', given.work, 'push', '-f', urlOf(as), ...refs)).stderr;
  await given.rig.git('-C', given.work, 'commit', '-q', '--allow-empty', '-m', 'direct');
  const refused = 'main is protected: push another branch and open a pull request for it';
  expect(await push(CODER, 'main')).toContain(refused);
  expect((await given.rig.git('-C', given.work, 'push', urlOf('operator'), 'main')).stderr).toContain(refused);
  expect(await push(CODER, ':main')).toContain('main is protected: nobody may delete it');
  await given.rig.operator.call('setRule', { ...app, pattern: 'release/*', approvals: 0, direct: 'merge' });
  expect(await push(SCOUT, 'main:release/1')).toContain('release/1 is protected, and you may not merge');
  expect(await push(CODER, 'main:release/1')).toContain('[new branch]');
  expect(await push(CODER, 'main~1:release/1')).toContain('release/1 is protected: nobody may remove commits from it');
  await given.rig.git('-C', given.work, 'commit', '-q', '--allow-empty', '-m', 'more');
  expect(await push(CODER, 'main:release/1')).toMatch(/main -> release\/1/);
  await given.rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'merge' });
  expect(await push(CODER, 'main')).toMatch(/main -> main/);
  expect((await given.rig.agent(CODER).call('listRules', app)).rules).toEqual([
    { pattern: 'main', approvals: 0, direct: 'merge', ...PLAIN },
    { pattern: 'release/*', approvals: 0, direct: 'merge', ...PLAIN },
  ]);
  await given.rig.operator.call('removeRule', { ...app, pattern: 'main' });
  await given.rig.git('-C', given.work, 'commit', '-q', '--allow-empty', '-m', 'again');
  expect(await push(CODER, 'main')).toContain(refused);
});

test('an agent that writes without end is stopped; old conversations go for new ones', async () => {
  await given.rig.close();
  given.rig = await startRig({ maxPullWrites: 3, maxPullChars: 2_000 });
  await given.rig.setProjects({ web: { coder: 'write', scout: 'review' } });
  given.work = await given.rig.makeWork('more', { 'a.txt': 'one\n' });
  await given.rig.git('-C', given.work, 'push', '-q', urlOf(CODER), 'main');
  await pushChange('fix', ['a.txt', 'two\n']);
  await open('fix');
  const comment = (body: string) =>
    given.rig.agent(SCOUT).call('reviewPull', { ...app, number: 1, verdict: 'comment', body });
  await comment('x'.repeat(1_500));
  await expect(comment('x'.repeat(1_500))).rejects.toMatchObject({ code: 'forge_quota' });
  await comment('y');
  await comment('y');
  await expect(comment('y')).rejects.toMatchObject({ code: 'rate_exceeded' });
  await given.rig.operator.call('editPull', { ...app, number: 1, state: 'closed' });
  // The conversation that is written to is not the one that goes.
  const more = { ...app, number: 1, verdict: 'comment', body: 'x'.repeat(1_500) } as const;
  await expect(given.rig.operator.call('reviewPull', more)).rejects.toMatchObject({ code: 'forge_quota' });
  await given.rig.operator.call('openPull', { ...app, head: 'fix', title: 'Again', body: 'x'.repeat(1_500) });
  await expect(describe(1)).rejects.toMatchObject({ code: 'unknown_pull' });
  expect((await describe(2)).pull.title).toBe('Again');
});

test('a forge that dies before it kept the commits of a new one keeps them at its next start', async () => {
  const commit = await pushChange('fix', ['a.txt', 'two\n']);
  await open('fix');
  const gitDir = `--git-dir=${given.rig.repositoryDir('web/app')}`;
  await given.rig.restart(async () => void (await given.rig.git(gitDir, 'update-ref', '-d', 'refs/pull/1/head')));
  expect((await given.rig.git(gitDir, 'rev-parse', 'refs/pull/1/head')).stdout.trim()).toBe(commit);
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
  const edit = (change: object) => given.rig.agent(CODER).call('editPull', { ...app, number: 1, ...change });
  await edit({ title: 'Better', draft: false });
  expect((await mails()).filter((text) => text.startsWith('scout:'))).toEqual([
    expect.stringContaining('coder asks you to review web/app#1: Better.'),
  ]);
  const foreign = given.rig.agent(SCOUT).call('editPull', { ...app, number: 1, state: 'closed' });
  await expect(foreign).rejects.toMatchObject({ code: 'forbidden' });
  expect((await edit({ state: 'closed' })).pull).toMatchObject({ state: 'closed', endedBy: 'coder' });
  await expect(edit({ title: 'x' })).rejects.toMatchObject({ code: 'pull_ended' });
  await expect(approve(1, commit)).rejects.toMatchObject({ code: 'pull_ended' });
  expect((await edit({ state: 'open' })).pull).toMatchObject({ state: 'open', title: 'Better' });
  const { pulls } = await given.rig.agent(SCOUT).call('listPulls', { owner: web });
  expect(pulls.map(({ number, title }) => [number, title])).toEqual([[1, 'Better']]);
  expect((await given.rig.agent(MANAGER).call('listPulls', {})).pulls).toHaveLength(1);
});

test('who may not see the repository sees no pull request, and cannot guess one', async () => {
  await pushChange('fix', ['a.txt', 'two\n']);
  await open('fix');
  await given.rig.setProjects({ web: { coder: 'write' } });
  const scout = given.rig.agent(SCOUT);
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
