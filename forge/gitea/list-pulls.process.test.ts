/** Lists of pull requests as Gitea's clients see them: whether each can be merged is found by one run of git for all. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProjectName, RepoName } from '../../protocol/names.ts';
import { createGit } from '../git/process.ts';
import { tryMerges } from '../git/merge.ts';
import { CODER, type ForgeRig, startRig } from '../testing/forge-rig.ts';

const app = { owner: 'web' as ProjectName, name: 'app' as RepoName };
const path = process.env['PATH'] ?? '';
let rig: ForgeRig;
let work: string;
const git = async (...argv: string[]) => (await rig.git('-C', work, ...argv)).stdout.trim();

beforeAll(async () => {
  rig = await startRig();
  await rig.setProjects({ web: { coder: 'merge' } });
  await rig.operator.call('createRepo', app);
  await rig.operator.call('setRule', { ...app, pattern: 'main', approvals: 0, direct: 'merge' });
  work = await rig.makeWork('work', { 'a.txt': 'one\n', 'b.txt': 'b\n' });
  for (const [branch, text] of [
    ['clean', ''],
    ['same', 'two\n'],
    ['other', 'three\n'],
  ] as const) {
    await git('checkout', '-q', '-B', branch, 'main');
    if (text !== '') await write('a.txt', text);
    await git('commit', '-q', '--allow-empty', '-am', branch);
  }
  await git('checkout', '-q', '--orphan', 'apart');
  await git('commit', '-q', '--allow-empty', '-m', 'apart');
  await git('push', '-q', `${rig.urlOf(CODER)}/web/app.git`, '--all');
});
afterAll(() => rig.close());

const write = (file: string, text: string) => promisify(execFile)('sh', ['-c', 'printf %s "$2" > "$1"', 'sh', join(work, file), text]); // prettier-ignore

async function mergeable(): Promise<unknown[]> {
  const answer = await fetch(`${rig.urlOf(CODER)}/api/v1/repos/web/app/pulls?sort=oldest`);
  return ((await answer.json()) as { mergeable: boolean; number: number }[]).map((pull) => [
    pull.number,
    pull.mergeable,
  ]);
}

test('a list says of each pull request whether it can be merged, also after its base moved', async () => {
  for (const head of ['clean', 'same', 'other']) await rig.agent(CODER).call('openPull', { ...app, head, title: head });
  const all = [1, 2, 3].map((number) => [number, true]);
  expect(await mergeable()).toEqual(all);
  expect(await mergeable()).toEqual(all);
  await rig.operator.call('mergePull', { ...app, number: 2 });
  expect(await mergeable()).toEqual([
    [1, true],
    [3, false],
  ]);
  const one = await fetch(`${rig.urlOf(CODER)}/api/v1/repos/web/app/pulls/3`);
  expect(await one.json()).toMatchObject({ mergeable: false });
});

test('histories that have nothing in common cannot be merged, and hide nothing of those behind them', async () => {
  const runs = createGit({ path, killGraceMs: 1_000 });
  const dir = await mkdtemp(join(tmpdir(), 'try-merges-'));
  await rig.git('clone', '-q', '--bare', work, join(dir, 'r.git'));
  const [clean = '', same = '', other = '', apart = ''] = (await git('rev-parse', 'clean', 'same', 'other', 'apart')).split('\n'); // prettier-ignore
  const pairs = [[clean, same], [same, other], [clean, apart], [apart, apart], [other, same], [apart, clean], [clean, other]] as const; // prettier-ignore
  const asked = pairs.map(([base, head]) => ({ base, head }));
  expect(await tryMerges(runs, { path: join(dir, 'r.git') }, asked)).toEqual([true, false, false, true, false, false, true]); // prettier-ignore
  expect(await tryMerges(runs, { path: join(dir, 'r.git') }, [])).toEqual([]);
  await rm(dir, { recursive: true });
});
