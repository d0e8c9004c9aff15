/** What Gitea's clients change: files, branches, pull requests, reviews. Every way asks the rules that a push asks. */
import { giteaApi } from 'gitea-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ProjectName, RepoName } from '../../protocol/names.ts';
import { CODER, type ForgeRig, SCOUT, startRig } from '../testing/forge-rig.ts';

const web = 'web' as ProjectName;
const app = { owner: web, name: 'app' as RepoName };
const b64 = (text: string) => Buffer.from(text).toString('base64');
let rig: ForgeRig;

beforeEach(async () => {
  rig = await startRig();
  await rig.setProjects({ web: { coder: 'merge', scout: 'review' } });
  const work = await rig.makeWork('work', { 'a.txt': 'a\n', 'run.sh': '#!/bin/sh\n' });
  await rig.git('-C', work, 'update-index', '--chmod=+x', 'run.sh');
  await rig.git('-C', work, 'commit', '-q', '-m', 'executable');
  await rig.git('-C', work, 'push', '-q', `${rig.urlOf(CODER)}/web/app.git`, 'main', 'main:dev');
});
afterEach(() => rig.close());

type Who = Parameters<ForgeRig['urlOf']>[0];
const clientOf = (who: Who) => giteaApi(rig.urlOf(who), { token: 'any', customFetch: fetch });
const git = async (...argv: string[]) =>
  (await rig.git(`--git-dir=${rig.repositoryDir('web/app')}`, ...argv)).stdout.trim();
async function send(who: Who, what: string, body: object = {}) {
  const [method = '', path = ''] = what.split(' ');
  const answer = await fetch(`${rig.urlOf(who)}/api/v1/repos/web/app${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    message: text === '' ? '' : ((JSON.parse(text) as { message?: string }).message ?? ''),
  };
}

test('files are added, changed and deleted as commits of the caller, and each is a push in the records', async () => {
  const api = clientOf(CODER).repos;
  const made = await api.repoCreateFile('web', 'app', 'docs/n%20ew.txt', {
    branch: 'dev',
    content: b64('one\n'),
    message: 'Add it',
    author: { name: 'Ada', email: 'ada@example.org' },
  });
  expect(made.status).toBe(201);
  expect(await git('log', '-1', '--format=%an <%ae>|%cn|%s', 'dev')).toBe('Ada <ada@example.org>|coder|Add it');
  const stale = await send(CODER, 'PUT /contents/docs/n%20ew.txt', {
    branch: 'dev',
    content: b64('x'),
    sha: 'f'.repeat(40),
  });
  expect([stale.status, stale.message]).toEqual([409, expect.stringContaining('Read it again')]);
  const { sha } = made.data.content!;
  await api.repoUpdateFile('web', 'app', 'docs/n%20ew.txt', { branch: 'dev', content: b64('two\n'), sha: sha! });
  expect(await git('show', 'dev:docs/n ew.txt')).toBe('two');
  const { data: now } = await api.repoGetContents('web', 'app', 'docs/n%20ew.txt', { ref: 'dev' });
  const { data: script } = await api.repoGetContents('web', 'app', 'run.sh', { ref: 'dev' });
  await api.repoUpdateFile('web', 'app', 'run.sh', {
    branch: 'dev',
    content: b64('#!/bin/sh\ntrue\n'),
    sha: script.sha!,
  });
  expect(await git('ls-tree', 'dev', 'run.sh')).toMatch(/^100755/);
  const gone = await api.repoDeleteFile('web', 'app', 'docs/n%20ew.txt', { branch: 'dev', sha: now.sha! });
  expect(gone.data.content).toBeNull();
  expect(await git('ls-tree', '--name-only', 'dev')).toBe('a.txt\nrun.sh');
  const pushes = (await rig.facts()).filter(({ kind, by }) => kind === 'forge.pushed' && by === 'coder');
  expect(pushes).toHaveLength(5);
  expect(await git('fsck', '--full', '--strict')).toBe('');
});

test('several files are changed at once, on a new branch; of two writers at once, one is told to read again', async () => {
  const { sha } = (await clientOf(CODER).repos.repoGetContents('web', 'app', 'a.txt')).data;
  const files = [
    { operation: 'update', path: 'a.txt', content: b64('b\n'), sha },
    { operation: 'create', path: 'new/deep/file', content: b64('\0\xff') },
    { operation: 'delete', path: 'run.sh', sha: await git('rev-parse', 'dev:run.sh') },
  ];
  expect(
    (await send(CODER, 'POST /contents', { branch: 'dev', new_branch: 'more', message: 'all', files })).status,
  ).toBe(201);
  expect(await git('diff', '--name-status', 'dev', 'more')).toBe('M\ta.txt\nA\tnew/deep/file\nD\trun.sh');
  const both = await Promise.all(
    ['x', 'y'].map((text) => send(CODER, 'PUT /contents/a.txt', { branch: 'dev', content: b64(text), sha })),
  );
  expect(both.map(({ status }) => status)).toEqual(expect.arrayContaining([200, 409]));
});

/**
 * Vulnerability: the API writes past the rules of a protected branch, the rights, the search for secrets or git's checks.
 * Verified: each refusal is that of a push, and no branch has moved.
 */
test('no rule is passed by way of the API', async () => {
  rig.learnSecrets([{ name: 'DEPLOY', value: 'hunter2-hunter2' }]);
  const before = await git('for-each-ref', 'refs/heads');
  const objects = await git('count-objects', '-v');
  const write = (who: Who, path: string, more: object = {}) =>
    send(who, `POST /contents/${path}`, { content: b64('x\n'), message: 'm', branch: 'dev', ...more });
  const protectedBranch = await write(CODER, 'x', { branch: 'main' });
  expect([protectedBranch.status, protectedBranch.message]).toEqual([
    403,
    expect.stringContaining('main is protected'),
  ]);
  expect((await write(SCOUT, 'x')).status).toBe(403);
  const secret = await write(CODER, 'x', { content: b64('key: hunter2-hunter2\n') });
  expect([secret.status, secret.message]).toEqual([400, expect.stringContaining('DEPLOY')]);
  const paths = [
    '.git/config',
    'a/.GIT/x',
    '.git',
    'git~1/x',
    'a%2F..%2Fx',
    '.%2Fx',
    'a//b',
    'a.txt/b',
    'a.txt',
    'x%00y',
  ];
  for (const path of paths)
    expect([path, (await write(CODER, path)).status]).toEqual([path, expect.toBeOneOf([400, 403, 404, 422])]);
  for (const branch of ['-x', 'a..b', 'refs/heads/../x', 'dev/x', 'x.lock'])
    expect([branch, (await write(CODER, 'x', { new_branch: branch })).status]).toEqual([
      branch,
      expect.toBeOneOf([403, 422]),
    ]);
  expect((await send(CODER, 'DELETE /branches/main')).status).toBe(403);
  expect((await send(SCOUT, 'DELETE /branches/dev')).status).toBe(403);
  expect((await send(CODER, 'POST /branches', { new_branch_name: 'x', old_ref_name: 'refs/pull/1/head' })).status).toBe(
    404,
  );
  expect(await git('for-each-ref', 'refs/heads')).toBe(before);
  expect(await git('count-objects', '-v')).toBe(objects);
});

test('branches are made and deleted', async () => {
  const api = clientOf(CODER).repos;
  const { data } = await api.repoCreateBranch('web', 'app', { new_branch_name: 'feature/y', old_ref_name: 'main' });
  expect(data).toMatchObject({ name: 'feature/y', commit: { id: await git('rev-parse', 'main') } });
  expect((await api.repoDeleteBranch('web', 'app', 'feature/y')).status).toBe(204);
  expect(await git('for-each-ref', '--format=%(refname:short)', 'refs/heads')).toBe('dev\nmain');
});

test('the first file of an empty repository makes its default branch', async () => {
  const api = clientOf(CODER);
  await api.user.createCurrentUserRepo({ name: 'fresh', description: 'new' });
  const made = await api.repos.repoCreateFile('coder', 'fresh', 'README.md', { content: b64('# Fresh\n') });
  expect(made.data.commit).toMatchObject({ message: 'Add README.md\n' });
  expect((await api.repos.repoGet('coder', 'fresh')).data).toMatchObject({ empty: false, default_branch: 'main' });
});

test('a pull request is opened, changed, judged and merged with gitea-js', async () => {
  const coder = clientOf(CODER).repos;
  await coder.repoCreateFile('web', 'app', 'c.txt', { branch: 'dev', content: b64('c\n'), message: 'Add c' });
  const wanted = { head: 'dev', base: 'main', title: 'WIP: Add c', body: 'b' };
  const { data: opened } = await coder.repoCreatePullRequest('web', 'app', wanted);
  expect(opened).toMatchObject({ number: 1, draft: true, title: 'WIP: Add c', mergeable: false });
  expect((await send(CODER, 'POST /pulls', wanted)).status).toBe(409);
  const { data: ready } = await coder.repoEditPullRequest('web', 'app', 1, { title: 'Add c', body: 'why' });
  expect(ready).toMatchObject({ draft: false, title: 'Add c', body: 'why', mergeable: true });
  await coder.repoCreatePullReviewRequests('web', 'app', 1, { reviewers: ['scout'] });
  const early = await send(CODER, 'POST /pulls/1/merge', { Do: 'merge' });
  expect([early.status, early.message]).toEqual([405, expect.stringContaining('it needs 1 approval')]);
  const scout = clientOf(SCOUT).repos;
  const review = {
    event: 'REQUEST_CHANGES',
    body: 'no',
    commit_id: opened.head!.sha!,
    comments: [{ path: 'c.txt', body: 'here', new_position: 1 }],
  };
  expect((await scout.repoCreatePullReview('web', 'app', 1, review)).data.state).toBe('REQUEST_CHANGES');
  await clientOf(CODER).repos.issueCreateComment('web', 'app', 1, { body: 'Why?' });
  const own = await send(CODER, 'POST /pulls/1/reviews', { event: 'APPROVED', commit_id: opened.head!.sha });
  expect([own.status, own.message]).toEqual([403, expect.stringContaining('somebody else has to approve it')]);
  await coder.repoCreateFile('web', 'app', 'd.txt', { branch: 'dev', content: b64('d\n'), message: 'Add d' });
  const late = await send(SCOUT, 'POST /pulls/1/reviews', { event: 'APPROVED', commit_id: opened.head!.sha });
  expect(late.status).toBe(409);
  const head = (await coder.repoGetPullRequest('web', 'app', 1)).data.head!.sha!;
  await scout.repoCreatePullReview('web', 'app', 1, { event: 'APPROVED', commit_id: head });
  const stale = { Do: 'squash', head_commit_id: opened.head!.sha! } as const;
  expect((await send(CODER, 'POST /pulls/1/merge', stale)).status).toBe(409);
  const later = await send(CODER, 'POST /pulls/1/merge', { Do: 'merge', MergeTitleField: 'x' });
  expect(later.status).toBe(422);
  await coder.repoMergePullRequest('web', 'app', 1, {
    Do: 'squash',
    head_commit_id: head,
    delete_branch_after_merge: true,
  });
  expect((await coder.repoPullRequestIsMerged('web', 'app', 1)).status).toBe(204);
  const { data: merged } = await coder.repoGetPullRequest('web', 'app', 1);
  expect(merged).toMatchObject({ state: 'closed', merged: true, merge_commit_sha: await git('rev-parse', 'main') });
  expect(await git('for-each-ref', '--format=%(refname:short)', 'refs/heads')).toBe('main');
  const { data: reviews } = await coder.repoListPullReviews('web', 'app', 1);
  expect(reviews.map(({ state }) => state)).toEqual(['COMMENT', 'REQUEST_CHANGES', 'APPROVED']);
});

test('a wish for what the forge does not have is refused, not carried out without it', async () => {
  await clientOf(CODER).repos.repoCreateFile('web', 'app', 'c.txt', {
    branch: 'dev',
    content: b64('c\n'),
    message: 'c',
  });
  const wanted = { head: 'dev', base: 'main', title: 'x' };
  for (const more of [{ assignees: ['scout'] }, { milestone: 2 }]) {
    const answer = await send(CODER, 'POST /pulls', { ...wanted, ...more });
    expect([Object.keys(more), answer.status, answer.message]).toEqual([
      Object.keys(more),
      422,
      expect.stringContaining('this forge has no'),
    ]);
  }
  expect(
    (await send(CODER, 'POST /pulls', { ...wanted, labels: [], assignees: null, title: 'two\nlines' })).status,
  ).toBe(422);
  expect((await rig.agent(CODER).call('listPulls', app)).pulls).toEqual([]);
});
