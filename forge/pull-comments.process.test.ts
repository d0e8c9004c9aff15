/** Comments at lines: where they are after pushes, answers, and what they suggest; real git, real sockets. */
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
  rig = await startRig();
});
afterAll(() => rig.close());
beforeEach(async () => {
  await rig.setProjects({ web: { coder: 'write', scout: 'review' } });
  app = { owner: web, name: `app${(made += 1)}` as RepoName };
  work = await rig.makeWork(`work${made}`, { 'a.txt': 'one\ntwo\nthree\n' });
  await rig.git('-C', work, 'push', '-q', url(), 'main');
  await push('one\nTWO\nthree\n', 'main');
  await rig.agent(CODER).call('openPull', { ...app, head: 'fix', title: 'Fix' });
});

const url = () => `${rig.urlOf(CODER)}/web/${app.name}.git`;
async function push(text: string, from = 'fix'): Promise<void> {
  await rig.git('-C', work, 'checkout', '-q', '-B', 'fix', from);
  await writeFile(`${work}/a.txt`, text);
  await rig.git('-C', work, 'commit', '-q', '-a', '-m', 'change');
  expect((await rig.git('-C', work, 'push', '-q', '-f', url(), 'fix')).stderr).toBe('');
}
const comment = async (body: string, more: object = { path: 'a.txt', line: 2 }) =>
  (await rig.agent(SCOUT).call('reviewPull', { ...app, number: 1, verdict: 'comment', body, ...more })).entry;
const entries = async () => (await rig.operator.call('describePull', { ...app, number: 1 })).entries;
const shown = async () =>
  (await entries())
    .filter(({ kind }) => kind === 'comment')
    .map(({ body, line, lineNow, isOutdated }) => [body, line, lineNow, isOutdated]);
const apply = (entry: number, as: typeof CODER = CODER) =>
  rig.agent(as).call('applySuggestion', { ...app, number: 1, entry });
const file = async () =>
  (await rig.git(`--git-dir=${rig.repositoryDir(`web/${app.name}`)}`, 'show', 'fix:a.txt')).stdout;

test('a comment follows its line over pushes, and is outdated when the line or its file goes', async () => {
  expect(await comment('why?')).toMatchObject({ line: 2, lineNow: 2, isOutdated: false, replyTo: null });
  await push('zero\nzero\none\nTWO\nthree\n');
  await comment('and this?', { path: 'a.txt', line: 5 });
  expect(await shown()).toEqual([
    ['why?', 2, 4, false],
    ['and this?', 5, 5, false],
  ]);
  await push('one\nTwo\nthree\n');
  expect(await shown()).toEqual([
    ['why?', 2, null, true],
    ['and this?', 5, 3, false],
  ]);
  await rig.git('-C', work, 'mv', 'a.txt', 'b.txt');
  await rig.git('-C', work, 'commit', '-q', '-m', 'move');
  await rig.git('-C', work, 'push', '-q', url(), 'fix');
  expect((await shown()).map(([, , , isOutdated]) => isOutdated)).toEqual([true, true]);
});

test('an answer is about the place that it answers', async () => {
  const first = await comment('why?');
  await push('zero\none\nTWO\nthree\n');
  const { entry } = await rig
    .agent(CODER)
    .call('reviewPull', { ...app, number: 1, verdict: 'comment', body: 'so', replyTo: first.id });
  expect(entry).toMatchObject({ replyTo: first.id, path: 'a.txt', line: 2, commit: first.commit });
  expect(await comment('ah', { replyTo: entry.id })).toMatchObject({ replyTo: first.id });
  expect((await entries()).map(({ lineNow }) => lineNow)).toEqual([3, null, 3, 3]);
  await expect(comment('x', { replyTo: 999 })).rejects.toMatchObject({ code: 'not_found' });
  await expect(comment('x', { replyTo: first.id, path: 'a.txt' })).rejects.toMatchObject({ code: 'invalid_input' });
  const mails = (await rig.facts()).filter(({ repo }) => repo.endsWith(app.name)).flatMap(({ mail }) => mail);
  expect(JSON.stringify(mails.at(-1))).toContain('line 2 of ');
});

test('a suggestion is committed by the forge in place of its line, where that is now, as a push of whoever asks', async () => {
  const { id } = await comment('Rather:\n```suggestion\nzwei\n2\n```');
  await push('zero\none\nTWO\nthree\n');
  await expect(apply(id, SCOUT)).rejects.toMatchObject({ code: 'forbidden' });
  const { pull } = await apply(id);
  expect(await file()).toBe('zero\none\nzwei\n2\nthree\n');
  expect((await entries()).at(-1)).toMatchObject({ kind: 'pushed', by: 'coder', commit: pull.commit });
  const bare = `--git-dir=${rig.repositoryDir(`web/${app.name}`)}`;
  const log = await rig.git(bare, 'log', '-1', '--format=%an|%s', 'fix');
  expect(log.stdout.trim()).toBe('coder|Apply a suggestion of scout');
  expect((await rig.git(bare, 'fsck', '--full')).code).toBe(0);
  await expect(apply(id)).rejects.toMatchObject({ code: 'pull_moved' });
  const plain = await comment('nothing', { path: 'a.txt', line: 1 });
  await expect(apply(plain.id)).rejects.toMatchObject({ code: 'not_found' });
  const same = await comment('```suggestion\nzero\n```', { path: 'a.txt', line: 1 });
  await expect(apply(same.id)).rejects.toMatchObject({ code: 'nothing_to_merge' });
  rig.learnSecrets([{ name: 'TOKEN', value: 'suggestion' }]);
  await expect(apply(same.id)).rejects.toMatchObject({ code: 'contains_secret' });
  rig.learnSecrets([]);
  await rig.operator.call('setRule', { ...app, pattern: 'fix', approvals: 0, direct: 'nobody' });
  await expect(apply(same.id)).rejects.toMatchObject({ code: 'forbidden' });
});
