/** Reading a repository through the API: what is shown, to whom, and which names are safe. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RepoName } from '../protocol/names.ts';
import { CODER, type ForgeRig, MANAGER, SCOUT, startRig } from './testing/forge-rig.ts';

let rig: ForgeRig;
let work: string;
const app = { owner: CODER, name: 'app' as RepoName };
beforeEach(async () => {
  rig = await startRig();
  work = await rig.makeWork('work', { 'a.txt': 'a\n' });
  await rig.git('-C', work, 'commit', '-q', '--allow-empty', '-m', 'second', '--date=2001-01-01T00:00:00Z');
  await rig.git('-C', work, 'push', '-q', `${rig.urlOf(CODER)}/coder/app.git`, 'main', 'main~1:refs/heads/old/one');
});
afterEach(() => rig.close());

test('branches and commits are shown with the access that the caller has', async () => {
  const { repo, branches, branch, commits } = await rig.agent(CODER).call('describeRepo', app);
  expect(repo).toMatchObject({ owner: 'coder', name: 'app', access: 'merge', branches: 2 });
  expect(branches.map(({ name, summary }) => [name, summary])).toEqual(
    expect.arrayContaining([
      ['main', 'second'],
      ['old/one', 'first of work'],
    ]),
  );
  expect([branch, commits.map(({ summary, author }) => `${author}: ${summary}`)]).toEqual([
    'main',
    ['tester: second', 'tester: first of work'],
  ]);
  expect((await rig.agent(MANAGER).call('describeRepo', app)).repo.access).toBe('read');
  expect((await rig.operator.call('describeRepo', app)).repo.access).toBe('admin');
  const { repos } = await rig.agent(CODER).call('listRepos', {});
  expect(repos.map(({ owner, access }) => [owner, access])).toEqual([
    ['coder', 'merge'],
    ['shared', 'read'],
  ]);
});

test('a caller that may not see a repository gets the answer for a missing one', async () => {
  const hidden = rig.agent(SCOUT).call('describeRepo', app);
  await expect(hidden).rejects.toMatchObject({ code: 'unknown_repo' });
  const missing = rig.agent(SCOUT).call('describeRepo', { ...app, name: 'none' as RepoName });
  await expect(missing).rejects.toMatchObject({ code: 'unknown_repo' });
});

/**
 * Vulnerability: a branch's name reaches git as a pattern, an option or a range, and shows other objects or breaks.
 * Scenario: such names. Verified: each is a missing branch, and the existing branches are named.
 */
test.each(['mai*', 'old', 'main~1', 'main..old/one', '--all', '-x', '../tags/v1', 'main\u0000x', 'main\nx', '@{u}'])(
  'the branch %j is only a name',
  async (branch) => {
    await expect(rig.agent(CODER).call('describeRepo', { ...app, branch })).rejects.toMatchObject({
      code: 'not_found',
      message: `There is no branch ${branch}. There are: main, old/one.`,
    });
  },
);

test('an empty repository has no commits; an agent creates one for itself, and for no other', async () => {
  const { repo } = await rig.agent(CODER).call('createRepo', { name: 'new' as RepoName });
  expect(repo).toMatchObject({ owner: 'coder', ownerKind: 'agent', access: 'merge', head: null });
  expect(await rig.agent(CODER).call('describeRepo', { ...app, name: 'new' as RepoName })).toMatchObject({
    branches: [],
    branch: 'main',
    commits: [],
  });
  const forScout = rig.agent(CODER).call('createRepo', { owner: SCOUT, name: 'new' as RepoName });
  await expect(forScout).rejects.toMatchObject({ code: 'unknown_repo' });
  const forAll = rig.agent(CODER).call('createRepo', { owner: 'shared', name: 'new' as RepoName });
  await expect(forAll).rejects.toMatchObject({
    code: 'forbidden',
    message: expect.stringContaining('only the manager'),
  });
  expect((await rig.agent(MANAGER).call('createRepo', { owner: 'shared', name: 'new' as RepoName })).repo.owner).toBe(
    'shared',
  );
});
