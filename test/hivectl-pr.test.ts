/** `hivectl pr` with the real forge and real git: checkout, comments at lines. */
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CODER, type ForgeRig, SCOUT, startRig } from '../forge/testing/forge-rig.ts';
import { runHivectl } from '../host/cli/testing/run-hivectl.ts';
import type { RepoName } from '../protocol/names.ts';

let dir: string;
let rig: ForgeRig;
let work: string;
const from = process.cwd();
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hive-checkout-'));
  rig = await startRig();
  await symlink(rig.socketOf('operator'), join(dir, 'hive.forge'));
  work = await rig.makeWork('work', { 'a.txt': 'one\n' });
  const url = `${rig.urlOf(CODER)}/coder/app.git`;
  await rig.git('-C', work, 'push', '-q', url, 'main');
  await push('two\n');
  await rig.git('clone', '-q', url, join(dir, 'clone'));
  await rig.agent(CODER).call('openPull', { owner: CODER, name: 'app' as RepoName, head: 'fix/a', title: 'Fix' });
});
afterEach(async () => {
  process.chdir(from);
  await rig.close();
  await rm(dir, { recursive: true, force: true });
});

async function push(text: string): Promise<void> {
  await rig.git('-C', work, 'checkout', '-q', '-B', 'fix/a');
  await writeFile(join(work, 'a.txt'), text);
  await rig.git('-C', work, 'commit', '-q', '-a', '-m', text);
  await rig.git('-C', work, 'push', '-q', `${rig.urlOf(CODER)}/coder/app.git`, 'fix/a');
}
const checkout = (...more: string[]) =>
  runHivectl(join(dir, 'hive'), ['pr', 'checkout', 'coder/app#1', ...more], { editor: 'true' });
const here = async (...argv: string[]) => (await rig.git('-C', join(dir, 'clone'), ...argv)).stdout.trim();

test('the branch of a pull request gets into the clone, and its newer commits when the command is given once more', async () => {
  process.chdir(join(dir, 'clone'));
  const ran = await checkout();
  expect(ran).toMatchObject({ code: 0, err: '', out: expect.stringContaining('You are on fix/a.') });
  expect(await here('show', 'HEAD:a.txt')).toBe('two');
  expect(await here('config', 'branch.fix/a.remote')).toBe('hive:coder/app');
  await push('three\n');
  expect((await checkout()).code).toBe(0);
  expect(await here('show', 'HEAD:a.txt')).toBe('three');
  expect((await checkout('--branch', 'try')).code).toBe(0);
  expect(await here('branch', '--show-current')).toBe('try');
  expect(await checkout('--branch', '-x')).toMatchObject({
    code: 64,
    err: expect.stringContaining('cannot be the name'),
  });
});

test('the branch of a fork comes from the fork', async () => {
  const own = { owner: SCOUT, name: 'mine' as RepoName };
  await rig.setProjects({ web: { coder: 'write', scout: 'read' } });
  const url = `${rig.urlOf(CODER)}/web/lib.git`;
  await rig.git('-C', work, 'push', '-q', url, 'main');
  await rig.agent(SCOUT).call('forkRepo', { owner: 'web' as never, name: 'lib' as RepoName, toName: own.name });
  await rig.git('-C', work, 'checkout', '-q', '-B', 'fix/b', 'main');
  await writeFile(join(work, 'a.txt'), 'of a fork\n');
  await rig.git('-C', work, 'commit', '-q', '-a', '-m', 'of a fork');
  await rig.git('-C', work, 'push', '-q', `${rig.urlOf(SCOUT)}/scout/mine.git`, 'fix/b');
  const wanted = { owner: 'web' as never, name: 'lib' as RepoName, head: 'scout/mine:fix/b', title: 'Fix' };
  await rig.agent(SCOUT).call('openPull', wanted);
  await rig.git('clone', '-q', url, join(dir, 'lib'));
  process.chdir(join(dir, 'lib'));
  const ran = await runHivectl(join(dir, 'hive'), ['pr', 'checkout', 'web/lib#1'], { editor: 'true' });
  expect(ran).toMatchObject({ code: 0, err: '' });
  const shown = await rig.git('-C', join(dir, 'lib'), 'show', 'HEAD:a.txt');
  expect(shown.stdout).toBe('of a fork\n');
  const remote = await rig.git('-C', join(dir, 'lib'), 'config', 'branch.fix/b.remote');
  expect(remote.stdout.trim()).toBe('hive:scout/mine');
});

test('outside of a clone it says how to make one', async () => {
  process.chdir(dir);
  expect(await checkout()).toMatchObject({
    code: 64,
    err: 'error: You are in no clone. Make one first: hivectl forge git clone hive:coder/app\n',
  });
});

test('a comment at a line is shown with its number, answered, and what it suggests is committed', async () => {
  const hivectl = (...argv: string[]) => runHivectl(join(dir, 'hive'), ['pr', ...argv]);
  const suggested = 'So:\n```suggestion\nzwei\n```';
  const said = await hivectl('review', 'coder/app#1', '--verdict', 'comment', '-m', suggested, '--file', 'a.txt', '--line', '1'); // prettier-ignore
  expect(said.code).toBe(0);
  const [, id = ''] = /\[(\d+)\] operator commented at a\.txt:1/.exec((await hivectl('show', 'coder/app#1')).out) ?? [];
  expect((await hivectl('review', 'coder/app#1', '--verdict', 'comment', '-m', 'Yes.', '--reply-to', id)).code).toBe(0);
  expect(await hivectl('apply', 'coder/app#1', id)).toMatchObject({
    code: 0,
    out: expect.stringContaining('committed'),
  });
  expect((await rig.git(`--git-dir=${rig.repositoryDir('coder/app')}`, 'show', 'fix/a:a.txt')).stdout).toBe('zwei\n');
  const { out } = await hivectl('show', 'coder/app#1');
  expect(out).toContain(`commented at a.txt:1 (outdated), answering [${id}]: Yes.`);
  expect(await hivectl('apply', 'coder/app#1', '999')).toMatchObject({ code: 66 });
});
