/** The API for Gitea's clients on an agent's socket: gitea-js, with real git behind it. */
import { writeFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { giteaApi } from 'gitea-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProjectName, RepoName } from '../../protocol/names.ts';
import { CODER, type ForgeRig, SCOUT, startRig } from '../testing/forge-rig.ts';

const web = 'web' as ProjectName;
const app = { owner: web, name: 'app' as RepoName };
const README = '# App\n\ngrüße\n';
let rig: ForgeRig;
let work: string;
/** gitea-js as an agent uses it: it insists on a token, which the socket makes meaningless. */
const clientOf = (who: Parameters<ForgeRig['urlOf']>[0]) =>
  giteaApi(rig.urlOf(who), { token: 'any', customFetch: fetch });
const ask = (who: Parameters<ForgeRig['urlOf']>[0], path: string, init: RequestInit = {}) =>
  fetch(`${rig.urlOf(who)}/api/v1${path}`, init);
const git = async (...argv: string[]) => (await rig.git('-C', work, ...argv)).stdout.trim();

/** A project with a worker and a judge; a pull request of three commits; a repository that only the scout sees. */
beforeAll(async () => {
  rig = await startRig();
  await rig.setProjects({ web: { coder: 'write', scout: 'review' } });
  work = await rig.makeWork('work', { 'README.md': README, 'b.txt': 'b\n' });
  await git('push', '-q', `${rig.urlOf(CODER)}/web/app.git`, 'main');
  await git('tag', '-a', 'v1.0.0', '-m', 'first');
  await git('checkout', '-q', '-b', 'feature/x');
  for (const [at, text] of ['one\n', 'two\n', 'three\n'].entries()) {
    await writeFile(`${work}/c ü.txt`, text);
    await git('add', '.');
    await git('commit', '-q', '-m', `step ${at}`);
  }
  await git('mv', 'b.txt', 'd.txt');
  await git('commit', '-q', '-m', 'move');
  await git('push', '-q', `${rig.urlOf(CODER)}/web/app.git`, 'feature/x', 'v1.0.0');
  await rig
    .agent(CODER)
    .call('openPull', { ...app, head: 'feature/x', title: 'Add c', body: 'why', reviewers: [SCOUT] });
  const other = await rig.makeWork('other', { 'key.txt': 'secret\n' });
  await rig.git('-C', other, 'push', '-q', `${rig.urlOf(SCOUT)}/scout/own.git`, 'main');
});
afterAll(() => rig.close());

test('a client learns the version, who it is, and the repositories that it may read', async () => {
  const api = clientOf(CODER);
  expect((await api.version.getVersion()).data.version).toMatch(/^\d+\.\d+\.\d+\+hyperhive\.\d+$/);
  expect((await api.user.userGetCurrent()).data).toMatchObject({ login: 'coder', email: 'coder@hive.local' });
  expect((await api.users.userGet('scout')).data.login).toBe('scout');
  const found = (await api.repos.repoSearch({ q: 'APP' })).data;
  expect(found).toMatchObject({ ok: true, data: [{ full_name: 'web/app', empty: false, default_branch: 'main' }] });
  const { data: repo } = await api.repos.repoGet('web', 'app');
  expect(repo).toMatchObject({ permissions: { admin: false, push: true, pull: true }, open_pr_counter: 1 });
  expect(repo.clone_url).toBe(`${rig.urlOf(CODER)}/web/app.git`);
  expect((await rig.git('ls-remote', repo.clone_url!, 'refs/heads/main')).stdout).toContain(
    await git('rev-parse', 'main'),
  );
  expect((await clientOf(SCOUT).repos.repoGet('web', 'app')).data.permissions).toMatchObject({
    push: false,
    pull: true,
  });
});

test('branches, commits, comparisons and trees are those of git', async () => {
  const api = clientOf(CODER).repos;
  const main = await git('rev-parse', 'main');
  const { data: branches, headers } = await api.repoListBranches('web', 'app');
  expect(branches.map(({ name }) => name)).toEqual(['feature/x', 'main']);
  expect(headers.get('x-total-count')).toBe('2');
  const { data: branch } = await api.repoGetBranch('web', 'app', 'main');
  expect(branch).toMatchObject({ protected: true, user_can_push: false, required_approvals: 1, commit: { id: main } });
  expect((await api.repoGetBranch('web', 'app', 'feature/x')).data).toMatchObject({
    protected: false,
    user_can_push: true,
  });
  const { data: commits } = await api.repoGetAllCommits('web', 'app', { sha: 'feature/x', path: 'c ü.txt' });
  expect(commits.map(({ commit }) => commit?.message)).toEqual(['step 2\n', 'step 1\n', 'step 0\n']);
  const { data: first } = await api.repoGetSingleCommit('web', 'app', main);
  expect(first).toMatchObject({ sha: main, parents: [], stats: { additions: 4 } });
  expect((await api.repoGetSingleCommit('web', 'app', 'v1.0.0')).data.sha).toBe(main);
  const { data: compared } = await api.repoCompareDiff('web', 'app', 'main...feature/x');
  expect(compared).toMatchObject({
    total_commits: 4,
    files: [{ filename: 'c ü.txt' }, { filename: 'd.txt', status: 'renamed' }],
  });
  const { data: tree } = await api.getTree('web', 'app', 'feature/x', { recursive: true });
  expect(tree.tree?.map(({ path }) => path)).toEqual(['README.md', 'c ü.txt', 'd.txt']);
});

test('files come in base64 and as bytes that no browser runs; directories come as lists', async () => {
  const api = clientOf(CODER).repos;
  const { data: file } = await api.repoGetContents('web', 'app', 'README.md', { ref: 'main' });
  expect(file).toMatchObject({
    type: 'file',
    encoding: 'base64',
    path: 'README.md',
    last_commit_sha: await git('rev-parse', 'main'),
  });
  expect(Buffer.from(file.content!, 'base64').toString()).toBe(README);
  const { data: entries } = await api.repoGetContentsList('web', 'app');
  expect(entries.map(({ name, type }) => [name, type])).toEqual([
    ['README.md', 'file'],
    ['b.txt', 'file'],
  ]);
  const raw = await ask(CODER, `/repos/web/app/raw/${encodeURIComponent('c ü.txt')}?ref=feature%2Fx`);
  expect(await raw.text()).toBe('three\n');
  expect(raw.headers.get('content-type')).toBe('application/octet-stream');
  expect(raw.headers.get('content-security-policy')).toContain('sandbox');
  for (const path of ['../own/key.txt', 'nothing.txt', 'README.md/x', '%2e%2e', ':(top)README.md', '%00'])
    expect([path, (await ask(CODER, `/repos/web/app/contents/${path}`)).status]).toEqual([path, 404]);
});

test('tags, and all files of one as an archive', async () => {
  const api = clientOf(CODER).repos;
  const { data: tags } = await api.repoListTags('web', 'app');
  expect(tags).toMatchObject([{ name: 'v1.0.0', commit: { sha: await git('rev-parse', 'main') } }]);
  const answer = await ask(CODER, '/repos/web/app/archive/feature%2Fx.tar.gz');
  expect(answer.headers.get('content-disposition')).toContain('app-feature-x.tar.gz');
  const unpacked = gunzipSync(Buffer.from(await answer.arrayBuffer())).toString('latin1');
  expect(unpacked).toContain('app/d.txt');
  expect(unpacked).toContain('three\n');
  expect((await ask(CODER, '/repos/web/app/archive/v1.0.0.zip')).headers.get('content-type')).toBe('application/zip');
  for (const name of ['nothing.zip', 'main.tar', 'main^{tree}.zip', '--output=x.zip', 'refs/pull/1/head.zip'])
    expect([name, (await ask(CODER, `/repos/web/app/archive/${encodeURIComponent(name)}`)).status]).toEqual([
      name,
      404,
    ]);
});

test('pull requests with their files, commits, diff and conversation', async () => {
  const api = clientOf(SCOUT).repos;
  const head = await git('rev-parse', 'feature/x');
  const { data: pulls, headers } = await api.repoListPullRequests('web', 'app', { state: 'all', sort: 'recentupdate' });
  expect(headers.get('x-total-count')).toBe('1');
  expect(pulls).toMatchObject([{ number: 1, state: 'open', title: 'Add c', mergeable: true }]);
  const { data: pull } = await api.repoGetPullRequest('web', 'app', 1);
  expect(pull).toMatchObject({
    body: 'why',
    merged: false,
    user: { login: 'coder' },
    requested_reviewers: [{ login: 'scout' }],
    merge_base: await git('rev-parse', 'main'),
    base: { ref: 'main', repo: { full_name: 'web/app' } },
    head: { ref: 'feature/x', label: 'feature/x', sha: head, repo: { full_name: 'web/app' } },
  });
  expect((await api.repoGetPullRequestByBaseHead('web', 'app', 'main', 'feature%2Fx')).data.number).toBe(1);
  expect((await api.repoGetPullRequestFiles('web', 'app', 1)).data).toMatchObject([
    { filename: 'c ü.txt', status: 'added', additions: 1 },
    { filename: 'd.txt', previous_filename: 'b.txt', status: 'renamed' },
  ]);
  const { data: commits, headers: more } = await api.repoGetPullRequestCommits('web', 'app', 1, { limit: 3 });
  expect(commits.map(({ commit }) => commit?.message)).toEqual(['move\n', 'step 2\n', 'step 1\n']);
  expect(more.get('x-total-count')).toBe('4');
  expect(more.get('link')).toContain('page=2');
  expect(await (await ask(SCOUT, '/repos/web/app/pulls/1.diff')).text()).toContain('+three');
  expect(await (await ask(SCOUT, '/repos/web/app/pulls/1.patch')).text()).toMatch(/^From [0-9a-f]{40}[\s\S]*step 0/);
  const judgement = { ...app, number: 1, verdict: 'request_changes', commit: head, body: 'Say four.' } as const;
  await rig.agent(SCOUT).call('reviewPull', { ...judgement, path: 'd.txt', line: 1 });
  await rig.agent(SCOUT).call('reviewPull', { ...app, number: 1, verdict: 'comment', body: 'Nice.' });
  const { data: reviews } = await api.repoListPullReviews('web', 'app', 1);
  expect(reviews).toMatchObject([
    { state: 'REQUEST_CHANGES', body: 'Say four.', commit_id: head, official: true, stale: false },
  ]);
  expect((await api.repoGetPullReviewComments('web', 'app', 1, reviews[0]!.id!)).data).toMatchObject([
    { path: 'd.txt', position: 1 },
  ]);
  const { data: comments } = await clientOf(SCOUT).repos.issueGetComments('web', 'app', 1);
  expect(comments).toMatchObject([{ body: 'Nice.', user: { login: 'scout' } }]);
});

test('a header cannot name another caller, and what a caller may not see is answered like what is not there', async () => {
  const basic = `Basic ${Buffer.from('scout:x').toString('base64')}`;
  const paths = ['', '/branches', '/contents/key.txt', '/raw/key.txt', '/commits', '/pulls', '/git/trees/main'];
  for (const path of paths)
    for (const authorization of ['token scout', 'Bearer scout', basic]) {
      const answers = [];
      for (const repo of ['scout/own', 'scout/none']) {
        const answer = await ask(CODER, `/repos/${repo}${path}`, { headers: { authorization } });
        answers.push([answer.status, ((await answer.json()) as { message: string }).message]);
      }
      expect(answers).toEqual([answers[0], answers[0]]);
      expect(answers[0]?.[0]).toBe(404);
    }
});

/**
 * Vulnerability: an object is looked up by its id in all repositories, or text is given to git as a revision.
 * Verified: ids of another repository, hidden refs, and every expression of git that is no plain name are not found.
 */
test('a commit, a review and a ref are found only within the repository and its branches', async () => {
  const other = (await rig.git('-C', `${rig.dir}/other`, 'rev-parse', 'main')).stdout.trim();
  await git('checkout', '-q', '-b', 'gone', 'main');
  await git('commit', '-q', '--allow-empty', '-m', 'a secret was here');
  const gone = await git('rev-parse', 'gone');
  const url = `${rig.urlOf(CODER)}/web/app.git`;
  await git('push', '-q', url, 'gone');
  expect((await ask(CODER, `/repos/web/app/git/commits/${gone}`)).status).toBe(200);
  await git('push', '-q', url, ':gone');
  const head = await git('rev-parse', 'main');
  const names = [
    other,
    gone,
    'refs/pull/1/head',
    'main~0',
    'main^{tree}',
    head.slice(0, 12),
    '@',
    'HEAD',
    '-1',
    '--all',
    ':/move',
    'main..feature/x',
    'main@{0}',
  ];
  for (const name of names)
    for (const path of [
      `/git/commits/${encodeURIComponent(name)}`,
      `/commits?sha=${encodeURIComponent(name)}`,
      `/git/trees/${encodeURIComponent(name)}`,
    ])
      expect([path, (await ask(CODER, `/repos/web/app${path}`)).status]).toEqual([path, 404]);
  const made = await rig.agent(SCOUT).call('reviewPull', { ...app, number: 1, verdict: 'comment', body: 'x' });
  await git('checkout', '-q', '-b', 'second', 'main');
  await git('commit', '-q', '--allow-empty', '-m', 'second');
  await git('push', '-q', url, 'second');
  const { pull } = await rig.agent(CODER).call('openPull', { ...app, head: 'second', title: 'Second' });
  expect((await ask(CODER, `/repos/web/app/pulls/1/reviews/${made.entry.id}`)).status).toBe(200);
  expect((await ask(CODER, `/repos/web/app/pulls/${pull.number}/reviews/${made.entry.id}`)).status).toBe(404);
});

test('errors have the shape of Gitea; what the forge does not have is said, not faked', async () => {
  const unknown = await ask(CODER, '/repos/web/app/nothing');
  expect([unknown.status, await unknown.json()]).toEqual([
    404,
    { message: expect.stringContaining('docs/forge-api.md'), url: `${rig.urlOf(CODER)}/api/v1/repos/web/app/nothing` },
  ]);
  const compare = await ask(CODER, '/repos/web/app/compare/main');
  expect(compare.status).toBe(422);
  for (const path of [
    '/repos/web/app/issues?type=issues',
    '/orgs/web/labels',
    '/repos/web/app/hooks',
    '/orgs/web/teams',
    '/repos/web/app/releases',
    '/repos/web/app/issues/7',
  ])
    expect([path, (await ask(CODER, path)).status]).toEqual([path, 501]);
  // A page of another site can send text without being asked for it, but no such header.
  const simple = { method: 'POST', body: '{"body":"hi"}', headers: { 'content-type': 'text/plain' } };
  expect((await ask(SCOUT, '/repos/web/app/issues/1/comments', simple)).status).toBe(422);
});
