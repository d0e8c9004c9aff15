/** Labels as Gitea's clients know them. */
import { giteaApi } from 'gitea-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProjectName, RepoName } from '../../protocol/names.ts';
import { CODER, type ForgeRig, SCOUT, startRig } from '../testing/forge-rig.ts';

const app = { owner: 'web' as ProjectName, name: 'app' as RepoName };
let rig: ForgeRig;

beforeAll(async () => {
  rig = await startRig();
  await rig.setProjects({ web: { coder: 'write', scout: 'review' } });
  const work = await rig.makeWork('work', { 'a.txt': 'a\n' });
  await rig.git('-C', work, 'push', '-q', `${rig.urlOf(CODER)}/web/app.git`, 'main');
  for (const branch of ['one', 'two']) {
    await rig.git('-C', work, 'checkout', '-q', '-B', branch, 'main');
    await rig.git('-C', work, 'commit', '-q', '--allow-empty', '-m', branch);
    await rig.git('-C', work, 'push', '-q', `${rig.urlOf(CODER)}/web/app.git`, branch);
  }
});
afterAll(() => rig.close());

const clientOf = (who: typeof CODER) => giteaApi(rig.urlOf(who), { token: 'any', customFetch: fetch });
const idsOf = (labels: readonly { id?: number }[] | undefined) => labels?.map(({ id }) => id);
const statusOf = async (work: Promise<unknown>) => work.then(() => null, (error: Response) => error.status); // prettier-ignore

test('gitea-js makes, changes and removes labels, and sets them on pull requests by id or name', async () => {
  const { repos } = clientOf(CODER);
  const { data: bug, status } = await repos.issueCreateLabel('web', 'app', { name: 'bug', color: 'D73A4A' });
  expect([status, bug]).toEqual([
    201,
    {
      id: expect.any(Number),
      name: 'bug',
      color: 'd73a4a',
      description: '',
      exclusive: false,
      is_archived: false,
      url: `${rig.urlOf(CODER)}/api/v1/repos/web/app/labels/${bug.id}`,
    },
  ]);
  expect(await statusOf(repos.issueCreateLabel('web', 'app', { name: 'Bug', color: '#000000' }))).toBe(409);
  const { data: ui } = await repos.issueCreateLabel('web', 'app', {
    name: 'ui',
    color: '#0969da',
    description: 'looks',
  });
  const { data: edited } = await repos.issueEditLabel('web', 'app', ui.id!, { name: 'page' });
  expect(edited).toMatchObject({ id: ui.id, name: 'page', color: '0969da', description: 'looks' });
  expect((await repos.issueGetLabel('web', 'app', ui.id!)).data).toEqual(edited);
  const listed = await repos.issueListLabels('web', 'app');
  expect([idsOf(listed.data), listed.headers.get('x-total-count')]).toEqual([[bug.id, ui.id], '2']);

  const { data: pull } = await repos.repoCreatePullRequest('web', 'app', {
    head: 'one',
    base: 'main',
    title: 'One',
    labels: [bug.id!],
  });
  expect(idsOf(pull.labels)).toEqual([bug.id]);
  expect(idsOf((await repos.issueAddLabel('web', 'app', 1, { labels: ['page'] })).data)).toEqual([bug.id, ui.id]);
  expect(idsOf((await repos.issueReplaceLabels('web', 'app', 1, { labels: [ui.id] })).data)).toEqual([ui.id]);
  expect(idsOf((await repos.issueGetLabels('web', 'app', 1)).data)).toEqual([ui.id]);
  expect((await repos.issueRemoveLabel('web', 'app', 1, ui.id!)).status).toBe(204);
  const { data: patched } = await repos.repoEditPullRequest('web', 'app', 1, { labels: [bug.id!, ui.id!] });
  expect(idsOf(patched.labels)).toEqual([bug.id, ui.id]);
  // Without the field, they stay.
  await repos.repoEditPullRequest('web', 'app', 1, { title: 'Uno' });
  await repos.repoCreatePullRequest('web', 'app', { head: 'two', base: 'main', title: 'Two' });
  const numbers = async (labels?: number[]) =>
    (await repos.repoListPullRequests('web', 'app', labels === undefined ? {} : { labels })).data.map(({ number }) => number); // prettier-ignore
  expect([await numbers(), await numbers([bug.id!]), await numbers([bug.id!, ui.id!]), await numbers([99])]).toEqual([
    [2, 1],
    [1],
    [1],
    [],
  ]);
  expect((await repos.issueClearLabels('web', 'app', 1)).status).toBe(204);
  expect((await repos.issueGetLabels('web', 'app', 1)).data).toEqual([]);
  expect((await repos.issueDeleteLabel('web', 'app', ui.id!)).status).toBe(204);
  expect(await statusOf(repos.issueGetLabel('web', 'app', ui.id!))).toBe(404);
});

test('ids count within their repository, and who may not push changes nothing', async () => {
  const other = { owner: app.owner, name: 'other' as RepoName };
  await rig.agent(CODER).call('createRepo', { owner: other.owner, name: other.name });
  const { labels } = await rig.agent(CODER).call('setLabel', { ...other, label: 'theirs' });
  const { repos } = clientOf(CODER);
  const theirs = labels[0]!.id;
  expect(await statusOf(repos.issueGetLabel('web', 'app', theirs))).toBe(404);
  expect(await statusOf(repos.issueDeleteLabel('web', 'app', theirs))).toBe(404);
  expect(await statusOf(repos.issueAddLabel('web', 'app', 1, { labels: [theirs] }))).toBe(404);
  const scout = clientOf(SCOUT).repos;
  expect((await scout.issueListLabels('web', 'app')).data).toHaveLength(1);
  expect(await statusOf(scout.issueCreateLabel('web', 'app', { name: 'x', color: '#000000' }))).toBe(403);
  expect(await statusOf(scout.issueReplaceLabels('web', 'app', 1, { labels: [] }))).toBe(403);
  expect(await statusOf(repos.issueCreateLabel('web', 'app', { name: 'x', color: 'red' }))).toBe(422);
});
