/** Update of a pull request's branch, and pull requests that take merged ones back: real git, real sockets. */
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ProjectName, RepoName } from '../protocol/names.ts';
import { CODER, type ForgeRig, SCOUT, startRig } from './testing/forge-rig.ts';

const web = 'web' as ProjectName;
let rig: ForgeRig;
let work: string;
let app: { owner: ProjectName; name: RepoName };
let made = 0;

beforeAll(async () => {
  rig = await startRig({ maxOpenPulls: 3 });
});
afterAll(() => rig.close());
/** A repository of its own for each test; the operator may merge without an approval. */
beforeEach(async () => {
  await rig.setProjects({ web: { coder: 'write', scout: 'review' } });
  app = { owner: web, name: `app${(made += 1)}` as RepoName };
  work = await rig.makeWork(`work${made}`, { 'a.txt': 'one\n', 'b.txt': 'b\n' });
  await rig.git('-C', work, 'push', '-q', url('operator'), 'main');
  await rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'merge' });
});

const url = (who: Parameters<ForgeRig['urlOf']>[0]) => `${rig.urlOf(who)}/web/${app.name}.git`;
const bare = (...argv: string[]) => rig.git(`--git-dir=${rig.repositoryDir(`web/${app.name}`)}`, ...argv);
const read = async (...argv: string[]) => (await bare(...argv)).stdout.trim();

/** A commit on a branch of the work tree, pushed. */
async function push(
  branch: string,
  files: Record<string, string>,
  { from = 'main', as = CODER }: { from?: string; as?: 'operator' | typeof CODER } = {},
) {
  await rig.git('-C', work, 'checkout', '-q', '-B', branch, from);
  for (const [file, text] of Object.entries(files)) await writeFile(`${work}/${file}`, text);
  await rig.git('-C', work, 'add', '.');
  // A date that git reads only with its sign: authors choose it freely.
  await rig.git('-C', work, 'commit', '-q', '--date=@5 +0000', '-m', `change ${Object.keys(files).join(', ')}`);
  expect((await rig.git('-C', work, 'push', '-q', '-f', url(as), branch)).stderr).toBe('');
}
const open = async (head: string) =>
  (await rig.agent(CODER).call('openPull', { ...app, head, title: `Merge ${head}` })).pull;
const describe = (number: number) => rig.operator.call('describePull', { ...app, number });
const approve = (number: number, commit: string) =>
  rig.agent(SCOUT).call('reviewPull', { ...app, number, verdict: 'approve', commit });

test.each(['merge', 'rebase'] as const)('a branch is updated by %s as a push of whoever asks', async (method) => {
  await push('fix', { 'a.txt': 'two\n' });
  const { commit } = await open('fix');
  await approve(1, commit);
  expect((await describe(1)).behind).toBe(0);
  await push('main', { 'c.txt': 'c\n' }, { as: 'operator' });
  expect(await describe(1)).toMatchObject({ behind: 1, merge: { approvedBy: ['scout'] } });
  const { pull } = await rig.operator.call('updatePull', { ...app, number: 1, method, commit });
  expect(pull.commit).toBe(await read('rev-parse', 'fix'));
  const { behind, entries, files, merge } = await describe(1);
  expect({ behind, files, approvedBy: merge.approvedBy }).toEqual({
    behind: 0,
    files: [{ path: 'a.txt', added: 1, removed: 1 }],
    approvedBy: [],
  });
  expect(entries.at(-1)).toMatchObject({ kind: 'pushed', by: 'operator', commit: pull.commit });
  expect(await read('log', '--format=%an|%cn|%s', '-1', 'fix')).toBe(
    method === 'merge' ? "operator|operator|Merge branch 'main' into fix" : 'tester|operator|change a.txt',
  );
  expect(await read('rev-parse', method === 'merge' ? 'fix^2' : 'fix^')).toBe(await read('rev-parse', 'main'));
  // Who updated it pushed to it.
  const own = rig.operator.call('reviewPull', { ...app, number: 1, verdict: 'approve', commit: pull.commit });
  await expect(own).rejects.toMatchObject({ message: expect.stringContaining('operator pushed to this branch') });
  await expect(rig.operator.call('updatePull', { ...app, number: 1 })).rejects.toMatchObject({
    code: 'nothing_to_merge',
    message: 'fix has every commit of main already.',
  });
  const pushes = (await rig.facts()).filter(({ kind, repo }) => kind === 'forge.pushed' && repo === `web/${app.name}`);
  expect(pushes.at(-1)).toMatchObject({
    by: 'operator',
    data: { refs: [{ ref: 'refs/heads/fix', new: pull.commit }] },
  });
});

test('an update needs what a push of the same commits needs', async () => {
  await push('fix', { 'a.txt': 'two\n' });
  const { commit } = await open('fix');
  await push('main', { 'a.txt': 'three\n' }, { as: 'operator' });
  const update = (more: object = {}) => ({ ...app, number: 1, ...more });
  await expect(rig.agent(SCOUT).call('updatePull', update())).rejects.toMatchObject({ code: 'forbidden' });
  await expect(rig.operator.call('updatePull', update())).rejects.toMatchObject({
    code: 'not_mergeable',
    message: expect.stringContaining('it conflicts with main in "a.txt". Solve it on fix'),
    details: { conflicts: ['a.txt'] },
  });
  await expect(rig.operator.call('updatePull', update({ commit: '0'.repeat(40) }))).rejects.toMatchObject({
    code: 'pull_moved',
  });
  // A protected head: nobody drops its commits, and those who may not merge do not push to it.
  await rig.operator.call('setRule', { ...app, pattern: 'fix', approvals: 0, direct: 'merge' });
  await expect(rig.operator.call('updatePull', update({ method: 'rebase' }))).rejects.toMatchObject({
    code: 'forbidden',
    message: 'fix is protected: nobody may remove commits from it.',
  });
  await expect(rig.agent(CODER).call('updatePull', update())).rejects.toMatchObject({ code: 'forbidden' });
  expect(await read('rev-parse', 'fix')).toBe(commit);
});

test.each(['merge', 'squash', 'rebase', 'fast_forward'] as const)(
  'a pull request merged by %s is taken back by another one, and only that',
  async (method) => {
    await push('fix', { 'a.txt': 'two\n' });
    await push('fix', { 'd.txt': 'd\n' }, { from: 'fix' });
    await open('fix');
    if (method !== 'fast_forward') await push('main', { 'c.txt': 'c\n' }, { as: 'operator' });
    const before = await read('rev-parse', 'main^{tree}');
    const notYet = rig.operator.call('revertPull', { ...app, number: 1 });
    await expect(notYet).rejects.toMatchObject({
      code: 'not_mergeable',
      message: expect.stringContaining('not merged'),
    });
    await rig.operator.call('mergePull', { ...app, number: 1, method });
    await expect(rig.agent(SCOUT).call('revertPull', { ...app, number: 1 })).rejects.toMatchObject({
      code: 'forbidden',
    });
    const { pull } = await rig.agent(CODER).call('revertPull', { ...app, number: 1 });
    expect(pull).toMatchObject({
      number: 2,
      author: 'coder',
      title: 'Revert "Merge fix"',
      head: 'revert-1',
      base: 'main',
      state: 'open',
    });
    expect(await read('rev-parse', 'revert-1^{tree}')).toBe(before);
    // Its author pushed it: somebody else approves.
    const own = rig.agent(CODER).call('reviewPull', { ...app, number: 2, verdict: 'approve', commit: pull.commit });
    await expect(own).rejects.toMatchObject({ code: 'forbidden' });
    await expect(rig.agent(CODER).call('revertPull', { ...app, number: 1 })).rejects.toMatchObject({
      code: 'duplicate_pull',
      message: 'Pull request #2 takes it back already: use that one.',
    });
    await rig.operator.call('mergePull', { ...app, number: 2 });
    await expect(rig.operator.call('revertPull', { ...app, number: 1 })).rejects.toMatchObject({
      code: 'nothing_to_merge',
    });
    // The way back of the way back.
    const { pull: again } = await rig.operator.call('revertPull', { ...app, number: 2 });
    expect(again.title).toBe('Revert "Revert "Merge fix""');
    expect(await read('show', `${again.commit}:a.txt`)).toBe('two');
    expect((await bare('fsck', '--full')).code).toBe(0);
  },
);

test('what was merged with other changes, or was changed since, is not taken back by guess', async () => {
  await push('fix', { 'a.txt': 'two\n' });
  await open('fix');
  await push('other', { 'b.txt': 'two\n' });
  await open('other');
  // Both come with one push of the operator's, in which each has a merge commit of its own.
  await rig.git('-C', work, 'checkout', '-q', 'main');
  await rig.git('-C', work, 'merge', '-q', '--no-ff', '-m', 'fix', 'fix');
  await rig.git('-C', work, 'merge', '-q', '--no-ff', '-m', 'other', 'other');
  await rig.git('-C', work, 'push', '-q', url('operator'), 'main');
  expect((await describe(1)).pull.state).toBe('merged');
  const { pull } = await rig.operator.call('revertPull', { ...app, number: 1 });
  expect(await read('show', `${pull.commit}:a.txt`)).toBe('one');
  expect(await read('show', `${pull.commit}:b.txt`)).toBe('two');
  await push('main', { 'b.txt': 'three\n' }, { as: 'operator' });
  await expect(rig.operator.call('revertPull', { ...app, number: 2 })).rejects.toMatchObject({
    code: 'not_mergeable',
    message: expect.stringContaining('later changes conflict with that in "b.txt". Do it by hand'),
  });
  expect(await read('for-each-ref', '--format=%(refname:short)', 'refs/heads/revert-*')).toBe('revert-1');
});

test('a pull request that cannot be opened leaves no branch', async () => {
  await push('fix', { 'a.txt': 'two\n' });
  await open('fix');
  await rig.operator.call('mergePull', { ...app, number: 1 });
  const revert = () => rig.agent(CODER).call('revertPull', { ...app, number: 1 });
  rig.learnSecrets([{ name: 'TOKEN', value: 'Merge fix' }]);
  await expect(revert()).rejects.toMatchObject({ code: 'contains_secret' });
  rig.learnSecrets([]);
  await rig.operator.call('setRule', { ...app, pattern: 'revert-*', approvals: 0, direct: 'nobody' });
  await expect(revert()).rejects.toMatchObject({
    code: 'forbidden',
    message: 'revert-1 is protected: push another branch and open a pull request for it.',
  });
  await rig.operator.call('removeRule', { ...app, pattern: 'revert-*' });
  for (const branch of ['m1', 'm2', 'm3']) {
    await push(branch, { [branch]: 'x\n' });
    await open(branch);
  }
  await expect(revert()).rejects.toMatchObject({ code: 'forge_quota' });
  expect(await read('for-each-ref', 'refs/heads/revert-*')).toBe('');
});

/** git takes the tree without entries for known, so that a program may forget to write it: then no clone is complete. */
test.each(['merge', 'squash', 'rebase'] as const)(
  'a pull request that deletes every file is merged by %s and taken back, and the repository is whole',
  async (method) => {
    await rig.git('-C', work, 'checkout', '-q', '-B', 'empty', 'main');
    await rig.git('-C', work, 'rm', '-q', '-r', '.');
    await rig.git('-C', work, 'commit', '-q', '-m', 'nothing is left');
    await rig.git('-C', work, 'push', '-q', url(CODER), 'empty');
    await open('empty');
    await rig.operator.call('mergePull', { ...app, number: 1, method });
    expect(await read('ls-tree', '-r', 'main')).toBe('');
    expect((await bare('fsck', '--full')).code).toBe(0);
    expect((await rig.git('clone', '-q', url('operator'), `${work}-${method}`)).code).toBe(0);
    const { pull } = await rig.operator.call('revertPull', { ...app, number: 1 });
    await rig.operator.call('mergePull', { ...app, number: pull.number, method });
    expect(await read('ls-tree', '--name-only', 'main')).toBe('a.txt\nb.txt');
    expect((await bare('fsck', '--full')).code).toBe(0);
  },
);
