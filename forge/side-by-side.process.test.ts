/**
 * Pushes into one repository receive their objects side by side and move refs one after the other. What was decided when
 * a push began is decided again when it has its turn.
 */
import { spawn } from 'node:child_process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ProjectName, RepoName } from '../protocol/names.ts';
import { CODER, type ForgeRig, SCOUT, startRig } from './testing/forge-rig.ts';
import { holdRefs } from './testing/hold-refs.ts';
import { until } from './testing/until.ts';

const app = { owner: 'web' as ProjectName, name: 'app' as RepoName };
let rig: ForgeRig;
let work: string;
const urlOf = (who: typeof CODER) => `${rig.urlOf(who)}/web/app.git`;
const git = (...argv: string[]) => rig.git('-C', work, ...argv);

beforeEach(async () => {
  rig = await startRig({ tellWaitMs: 10 });
  await rig.setProjects({ web: { coder: 'merge', scout: 'merge' } });
  work = await rig.makeWork('work', { 'a.txt': 'a\n' });
  await git('push', '-q', urlOf(CODER), 'main');
});
afterEach(() => rig.close());

/** A commit of its own on top of main. */
async function commit(branch: string): Promise<string> {
  await git('checkout', '-q', '-B', branch, 'main');
  await git('commit', '-q', '--allow-empty', '-m', `on ${branch}`);
  const oid = (await git('rev-parse', 'HEAD')).stdout.trim();
  await git('checkout', '-q', 'main');
  return oid;
}

/** Starts a push and resolves when git has received it and it waits for its turn. */
async function pushUntilItWaits(who: typeof CODER, ...refspecs: string[]) {
  const env = { PATH: process.env['PATH'], HOME: rig.dir, GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' };
  const child = spawn('git', ['-C', work, 'push', urlOf(who), ...refspecs], { env });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  await until('it waits', () => said.includes('Waiting: another push into web/app is under way.'), 30_000);
  return { ended, said: () => said };
}

const branches = async () =>
  new Map((await rig.operator.call('describeRepo', app)).branches.map(({ name, oid }) => [name, oid]));

test('several that were received at once all go through, each recorded as its author’s', async () => {
  const oids = [await commit('one'), await commit('two'), await commit('three')];
  const other = await holdRefs(rig, app);
  const pushes = await Promise.all([
    pushUntilItWaits(CODER, 'one'),
    pushUntilItWaits(SCOUT, 'two'),
    pushUntilItWaits(CODER, 'three'),
  ]);
  expect((await branches()).size, 'none has moved a ref').toBe(1);
  await other.release();
  expect(await Promise.all(pushes.map(({ ended }) => ended))).toEqual([0, 0, 0]);
  const [one, two, three] = oids;
  expect(Object.fromEntries(await branches())).toMatchObject({ one, two, three });
  const told = (await rig.facts()).filter(({ kind }) => kind === 'forge.pushed').slice(-3);
  const authors = told.map(({ by, data }) => [(data['refs'] as { ref: string }[]).map(({ ref }) => ref).join(), by]);
  expect(Object.fromEntries(authors)).toMatchObject({
    'refs/heads/one': 'coder',
    'refs/heads/two': 'scout',
    'refs/heads/three': 'coder',
  });
});

test('of two for one branch the second one is refused, and the branch is what the first one made it', async () => {
  await commit('one');
  await commit('two');
  const other = await holdRefs(rig, app);
  const first = await pushUntilItWaits(CODER, 'one:line');
  const second = await pushUntilItWaits(SCOUT, 'two:line');
  await other.release();
  const codes = await Promise.all([first.ended, second.ended]);
  expect(codes.toSorted()).toEqual([0, 1]);
  const winner = codes[0] === 0 ? 'one' : 'two';
  expect((await branches()).get('line')).toBe((await git('rev-parse', winner)).stdout.trim());
});

test('a rule that is made while a push waits for its turn holds for it', async () => {
  await git('push', '-q', urlOf(CODER), 'main:line');
  const before = Object.fromEntries(await branches());
  await git('checkout', '-q', '--orphan', 'fresh');
  await git('commit', '-q', '-m', 'another beginning');
  const other = await holdRefs(rig, app);
  const forced = await pushUntilItWaits(CODER, '+fresh:line');
  const removal = await pushUntilItWaits(SCOUT, 'fresh:topic', ':line');
  await rig.operator.call('setRule', { ...app, pattern: 'line', approvals: 0, direct: 'merge' });
  await other.release();
  expect(await forced.ended).toBe(1);
  expect(forced.said()).toContain('line is protected: nobody may remove commits from it.');
  expect(await removal.ended).toBe(1);
  expect(removal.said()).toContain('This push is refused: line is protected: nobody may delete it.');
  expect(Object.fromEntries(await branches())).toEqual(before);
});

test('names that another push has taken meanwhile are refused with the reason', async () => {
  await commit('one');
  const other = await holdRefs(rig, app);
  const [first, second] = [await pushUntilItWaits(CODER, 'one:a'), await pushUntilItWaits(SCOUT, 'one:a/b')];
  await other.release();
  expect((await Promise.all([first.ended, second.ended])).toSorted()).toEqual([0, 1]);
  expect(first.said() + second.said()).toMatch(
    /This push is refused: (?:a\/b cannot be beside a|names below a are taken): choose another name/,
  );
});
