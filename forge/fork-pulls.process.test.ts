/**
 * Pull requests from forks.
 * Vulnerability: somebody proposes what is not theirs, gets past the base's quota or git's checks, approves what they
 * pushed to the fork, or loses a pull request with its fork. Scenario: a judge who may only read pushes to its own fork.
 * Verified: the base takes what a push would bring, and nothing else; the fork may go.
 */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { RepoName } from '../protocol/names.ts';
import { CODER, MANAGER, SCOUT, startRig } from './testing/forge-rig.ts';
import { until } from './testing/until.ts';
import { app, withPulls } from './testing/with-pulls.ts';

const forge = withPulls();
const own = { owner: SCOUT, name: app.name };
const HEAD = 'scout/app:fix';
const open = (who = SCOUT, more: object = {}) =>
  forge.rig.agent(who).call('openPull', { ...app, head: HEAD, title: 'Mend b', ...more });
const describe = async (number = 1) => (await forge.rig.agent(CODER).call('describePull', { ...app, number })).pull;
const hidden = async (pattern: string) =>
  (await forge.rig.git(`--git-dir=${forge.rig.repositoryDir('web/app')}`, 'for-each-ref', pattern)).stdout;

/** A commit pushed to a branch of the fork. */
async function pushToFork(text: string, { as = SCOUT, branch = 'fix' } = {}): Promise<string> {
  const git = (...argv: string[]) => forge.rig.git('-C', forge.work, ...argv);
  await git('checkout', '-q', '-B', branch, 'main');
  await writeFile(`${forge.work}/b.txt`, text);
  await git('commit', '-q', '-a', '-m', text.trim());
  const pushed = await git('push', '-q', '-f', `${forge.rig.urlOf(as)}/scout/app.git`, branch);
  expect(pushed.stderr).toBe('');
  return (await git('rev-parse', 'HEAD')).stdout.trim();
}

test('one who may only read proposes a branch of its fork; it is reviewed, updated and merged without the fork', async () => {
  await forge.rig.setProjects({ web: { coder: 'merge', scout: 'read', manager: 'review' } });
  await forge.rig.agent(SCOUT).call('forkRepo', app);
  const first = await pushToFork('one\n');
  const { pull } = await open();
  expect(pull).toMatchObject({ number: 1, head: HEAD, base: 'main', commit: first, author: 'scout' });
  expect(await hidden('refs/pull/1/head')).toContain(first);
  const diff = await forge.rig.agent(CODER).call('diffPull', { ...app, number: 1 });
  expect(JSON.stringify(diff)).toContain('+one');
  await forge.rig.agent(CODER).call('reviewPull', { ...app, number: 1, verdict: 'approve', commit: first });
  const second = await pushToFork('two\n');
  await until('the push is in it', async () => (await describe()).commit === second);
  const { merge, entries } = await forge.rig.agent(CODER).call('describePull', { ...app, number: 1 });
  expect(merge.approvedBy, 'of the older commit').toEqual([]);
  expect(entries.at(-1)).toMatchObject({ kind: 'pushed', by: 'scout', commit: second });
  await forge.rig.agent(CODER).call('reviewPull', { ...app, number: 1, verdict: 'approve', commit: second });
  await forge.rig.operator.call('removeRepo', { ...own, purge: 'scout/app' });
  expect(await describe()).toMatchObject({ state: 'open', commit: second });
  await forge.rig.agent(CODER).call('mergePull', { ...app, number: 1, method: 'squash' });
  const text = await forge.rig.git(`--git-dir=${forge.rig.repositoryDir('web/app')}`, 'show', 'main:b.txt');
  expect(text.stdout).toBe('two\n');
  expect((await forge.rig.operator.call('fsckRepo', app)).repo.findings).toEqual([]);
});

test('whoever pushed to the branch in the fork cannot approve, before and after the pull request was opened', async () => {
  await forge.rig.setProjects({ web: { coder: 'merge', scout: 'review' } });
  await forge.rig.agent(SCOUT).call('forkRepo', app);
  await pushToFork('one\n');
  // The operator's push counts as theirs, too.
  const commit = await pushToFork('by the operator\n', { as: 'operator' as typeof SCOUT });
  await open();
  const judge = (who: 'scout' | 'operator') =>
    who === 'operator'
      ? forge.rig.operator.call('reviewPull', { ...app, number: 1, verdict: 'approve', commit })
      : forge.rig.agent(SCOUT).call('reviewPull', { ...app, number: 1, verdict: 'approve', commit });
  await expect(judge('scout')).rejects.toMatchObject({ code: 'forbidden' });
  await expect(judge('operator')).rejects.toMatchObject({ code: 'forbidden' });
});

test('only what the caller may push is proposed; a missing branch, a twin and nothing new are refused in words', async () => {
  await forge.rig.agent(SCOUT).call('forkRepo', app);
  await pushToFork('one\n');
  await expect(open(CODER)).rejects.toMatchObject({ code: 'unknown_repo' });
  await expect(open(MANAGER), 'who sees the fork, and may not push to it').rejects.toMatchObject({ code: 'forbidden' });
  await expect(open(SCOUT, { head: 'scout/app:none' })).rejects.toMatchObject({ code: 'not_found' });
  await expect(open(SCOUT, { head: 'scout/none:fix' })).rejects.toMatchObject({ code: 'unknown_repo' });
  await expect(open(SCOUT, { head: 'scout/app:main' })).rejects.toMatchObject({ code: 'nothing_to_merge' });
  await expect(open(SCOUT, { base: 'none' })).rejects.toMatchObject({ code: 'not_found' });
  await open();
  await expect(open()).rejects.toMatchObject({ code: 'duplicate_pull' });
  await expect(forge.rig.operator.call('updatePull', { ...app, number: 1 })).rejects.toMatchObject({
    code: 'not_found',
    message: expect.stringContaining('push to fix of scout/app'),
  });
  // The same repository in other words is its own branch.
  await forge.pushChange('mine', ['a.txt', 'mine']);
  const { pull } = await forge.rig.agent(CODER).call('openPull', { ...app, head: 'web/app:mine', title: 'Mine' });
  expect(pull.head).toBe('mine');
});

test('commits beyond what one push may bring are refused; the author hears it once, and a smaller push goes on', async () => {
  const rig = await startRig({}, 200 * 1024);
  try {
    await rig.setProjects({ web: { coder: 'write', scout: 'read' } });
    const work = await rig.makeWork('work', { 'a.txt': 'a\n' });
    const git = (...argv: string[]) => rig.git('-C', work, ...argv);
    await git('push', '-q', `${rig.urlOf(CODER)}/web/app.git`, 'main');
    await rig.agent(SCOUT).call('forkRepo', app);
    const push = async (file: string, bytes: number) => {
      await writeFile(`${work}/${file}`, randomBytes(bytes));
      await git('add', '.');
      await git('commit', '-q', '-m', file);
      expect((await git('push', '-q', '-f', `${rig.urlOf(SCOUT)}/scout/app.git`, 'HEAD:fix')).stderr).toBe('');
      return (await git('rev-parse', 'HEAD')).stdout.trim();
    };
    const first = await push('one', 1_000);
    await rig.agent(SCOUT).call('openPull', { ...app, head: HEAD, title: 'Large' });
    const refusals = async () =>
      (await rig.facts()).filter(
        ({ kind, data }) => kind === 'forge.pull_changed' && String(data['what']) === 'new commits were refused',
      );
    const commit = async () => (await rig.agent(CODER).call('describePull', { ...app, number: 1 })).pull.commit;
    await push('two', 150 * 1024);
    await until('the second is in it', async () => (await commit()) !== first);
    const second = await commit();
    await git('checkout', '-q', '-B', 'big', 'HEAD~2');
    await push('three', 150 * 1024);
    await until('a rewritten one is in it', async () => (await commit()) !== second);
    const third = await commit();
    await push('four', 150 * 1024);
    await until('it is refused', async () => (await refusals()).length > 0);
    expect(await commit()).toBe(third);
    expect((await refusals())[0]!.mail).toMatchObject([{ to: 'scout' }]);
    await git('checkout', '-q', '-B', 'small', first);
    const fifth = await push('five', 1_000);
    await until('the smaller one is in it', async () => (await commit()) === fifth);
    expect(await refusals()).toHaveLength(1);
  } finally {
    await rig.close();
  }
});

test('a push while the forge was down, and a closed one that is opened again, get the newest commit', async () => {
  await forge.rig.agent(SCOUT).call('forkRepo', app);
  await pushToFork('one\n');
  await open();
  await forge.rig.agent(SCOUT).call('editPull', { ...app, number: 1, state: 'closed' });
  const second = await pushToFork('two\n');
  await forge.rig.agent(SCOUT).call('editPull', { ...app, number: 1, state: 'open' });
  await until('it has the newest', async () => (await describe()).commit === second);
  // As if a kill had come between the push and what follows it.
  const third = await pushToFork('three\n', { branch: 'other' });
  const fork = `--git-dir=${forge.rig.repositoryDir('scout/app')}`;
  await forge.rig.restart(async () => void (await forge.rig.git(fork, 'update-ref', 'refs/heads/fix', third)));
  await forge.rig.setProjects({ web: { coder: 'write', scout: 'review' } });
  await until('it has the newest', async () => (await describe()).commit === third);
});

test('by Gitea’s API a fork’s branch is OWNER:BRANCH', async () => {
  await forge.rig.agent(SCOUT).call('forkRepo', app);
  const commit = await pushToFork('one\n');
  const answer = await fetch(`${forge.rig.urlOf(SCOUT)}/api/v1/repos/web/app/pulls`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ head: 'scout:fix', base: 'main', title: 'Mend' }),
  });
  expect(answer.status).toBe(201);
  expect(await answer.json()).toMatchObject({ head: { label: 'scout:fix', ref: 'fix', sha: commit, repo: null } });
  expect((await describe()).head).toBe(HEAD);
});

test('a fork with other names, whose branch has a slash, is named as it is', async () => {
  await forge.rig.agent(SCOUT).call('forkRepo', { ...app, toName: 'mine' as RepoName });
  const git = (...argv: string[]) => forge.rig.git('-C', forge.work, ...argv);
  await git('checkout', '-q', '-B', 'fix/a', 'main');
  await git('commit', '-q', '--allow-empty', '-m', 'nothing');
  await git('push', '-q', `${forge.rig.urlOf(SCOUT)}/scout/mine.git`, 'fix/a');
  expect((await open(SCOUT, { head: 'scout/mine:fix/a' })).pull.head).toBe('scout/mine:fix/a');
});
