/** Repositories of projects: who may do what with them, and when a change of members takes effect. */
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ProjectName, RepoName } from '../protocol/names.ts';
import { pktLine } from './git/pkt-line.ts';
import { CODER, type ForgeRig, MANAGER, SCOUT, startRig } from './testing/forge-rig.ts';
import { holdRefs } from './testing/hold-refs.ts';
import { until } from './testing/until.ts';

let rig: ForgeRig;
let work: string;
const WEB = 'web' as ProjectName;
const app = { owner: WEB, name: 'app' as RepoName };
const urlFor = (who: typeof CODER) => `${rig.urlOf(who)}/web/app.git`;
const push = (who: typeof CODER, ...specs: string[]) => rig.git('-C', work, 'push', urlFor(who), ...specs);

beforeEach(async () => {
  rig = await startRig({ tellWaitMs: 10 });
  work = await rig.makeWork('work', { 'a.txt': 'a\n' });
  await rig.setProjects({ web: { coder: 'write', scout: 'read' } });
});
afterEach(() => rig.close());

test('a member with the level write creates a repository by its first push, and pushes branches', async () => {
  expect((await push(CODER, 'main')).code).toBe(0);
  expect((await push(CODER, 'main:refs/heads/feature')).code).toBe(0);
  const { repo } = await rig.agent(CODER).call('describeRepo', app);
  expect(repo).toMatchObject({ owner: 'web', ownerKind: 'project', access: 'write', branches: 2 });
  expect((await rig.agent(SCOUT).call('describeRepo', app)).repo.access).toBe('read');
  expect((await rig.agent(MANAGER).call('describeRepo', app)).repo.access).toBe('read');
  const { repo: made } = await rig.agent(CODER).call('createRepo', { owner: WEB, name: 'site' as RepoName });
  expect(made).toMatchObject({ owner: 'web', name: 'site', access: 'write' });
});

test('a member with the level read clones, and a push of its is refused with who may', async () => {
  await push(CODER, 'main');
  expect((await rig.git('clone', '-q', urlFor(SCOUT), 'copy')).code).toBe(0);
  const refused = await push(SCOUT, 'main:refs/heads/mine');
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain(
    'scout may read web/app but not push to it: only coder and the operator may. Push to scout/app, then open a pull request with the head scout/app:BRANCH, or send a message about it to coder.',
  );
});

test('for an agent without the project its repositories do not exist', async () => {
  await push(CODER, 'main');
  await rig.setProjects({ web: { coder: 'write' }, docs: { scout: 'merge' } });
  await expect(rig.agent(SCOUT).call('describeRepo', app)).rejects.toMatchObject({ code: 'unknown_repo' });
  await expect(rig.agent(SCOUT).call('createRepo', { owner: WEB, name: 'other' as RepoName })).rejects.toMatchObject({
    code: 'unknown_repo',
  });
  const { repos } = await rig.agent(SCOUT).call('listRepos', {});
  expect(repos.map(({ owner }) => owner)).toEqual(['shared']);
  expect((await push(SCOUT, 'main:refs/heads/mine')).code).not.toBe(0);
  expect((await rig.operator.call('describeRepo', app)).repo.branches).toBe(1);
});

test('the repositories of a removed project stay, for the operator and the manager to read', async () => {
  await push(CODER, 'main');
  await rig.setProjects({});
  await expect(rig.agent(CODER).call('describeRepo', app)).rejects.toMatchObject({ code: 'unknown_repo' });
  expect((await rig.operator.call('describeRepo', app)).repo).toMatchObject({ ownerKind: 'agent', access: 'admin' });
  expect((await rig.agent(MANAGER).call('describeRepo', app)).repo.access).toBe('read');
  await expect(rig.operator.call('createRepo', { owner: WEB, name: 'more' as RepoName })).rejects.toMatchObject({
    code: 'unknown_agent',
    message: 'There is no agent or project web that web/more could belong to.',
  });
});

/**
 * Vulnerability: a push uses rights from before it waited. Scenario: the pusher is taken out of the project while
 * another push runs, and while its own push is searched for secrets. Verified: its push is refused, no ref moves.
 */
test('a member that loses the project while its push waits for its turn is refused', async () => {
  await push(CODER, 'main', 'main:refs/heads/feature');
  const oid = (await rig.git('-C', work, 'rev-parse', 'main')).stdout.trim();
  const ahead = await holdRefs(rig, app);
  const removal = `${pktLine(`${oid} ${'0'.repeat(40)} refs/heads/feature\0 report-status side-band-64k`)}0000`;
  const behind = sendPush(CODER, removal);
  await until('it waits', () => behind.said().includes('Waiting: another push into web/app'));
  await rig.setProjects({ web: { scout: 'read' } });
  await ahead.release();
  await until('it is answered', () => behind.socket.destroyed);
  expect(behind.said()).toContain('This push is refused: There is no such repository that you can see.');
  expect(await branches()).toEqual(['feature', 'main']);
});

test('a member that loses the project while its push is searched is refused before refs move', async () => {
  await push(CODER, 'main');
  await rig.git('-C', work, 'commit', '-q', '--allow-empty', '-m', 'second');
  await rig.search.stop();
  const searched = push(CODER, 'main:refs/heads/late');
  await until('git has its objects', async () =>
    (await readdir(join(rig.repositoryDir('web/app'), 'objects'))).some((entry) => entry.startsWith('tmp_objdir')),
  );
  await rig.setProjects({ web: { coder: 'read' } });
  await rig.search.start();
  const refused = await searched;
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain('coder may read web/app but not push to it: only the operator may.');
  expect(await branches()).toEqual(['main']);
});

async function branches(): Promise<string[]> {
  return (await rig.operator.call('describeRepo', app)).branches.map(({ name }) => name).toSorted();
}

/** Sends a push; `said` is the answer so far. */
function sendPush(who: typeof CODER, body: string) {
  const socket = connect({ path: rig.socketOf(who) });
  let text = '';
  socket.on('error', () => undefined).on('data', (bytes: Buffer) => (text += bytes.toString('latin1')));
  socket.write(
    'POST /web/app.git/git-receive-pack HTTP/1.1\r\nhost: forge\r\nconnection: close\r\n' +
      `content-type: application/x-git-receive-pack-request\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  return { socket, said: () => text };
}
