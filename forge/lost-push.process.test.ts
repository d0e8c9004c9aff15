/**
 * A push whose client disconnects before the answer: its author is notified of the outcome by mail; other pushes
 * cause no mail. Real git, real connections that break at each stage of a push.
 */
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AgentName, RepoName } from '../protocol/names.ts';
import { pktLine } from './git/pkt-line.ts';
import { openForgeDb } from './store/forge-db.ts';
import { openPush } from './store/pushes.ts';
import { findRepository } from './store/repositories.ts';
import { CODER, type ForgeRig, startRig } from './testing/forge-rig.ts';
import { holdRefs } from './testing/hold-refs.ts';
import { until } from './testing/until.ts';
import { gitGroupsIn } from './testing/processes.ts';

let rig: ForgeRig;
let work: string;
let url: string;
beforeEach(async () => {
  rig = await startRig();
  work = await rig.makeWork('work', { 'a.txt': 'a\n' });
  url = `${rig.urlOf(CODER)}/coder/app.git`;
});
afterEach(() => rig.close());

const mails = async () => (await rig.facts()).filter(({ mail }) => mail.length > 0);
/** Rendered as hived shows it, with plain quotation marks. */
const textOf = (mail: { body: (string | { quote: string })[] } | undefined) =>
  mail?.body.map((part) => (typeof part === 'string' ? part : `"${part.quote}"`)).join('');

/** A push of one new branch whose pack stays incomplete. */
function beginPush(who: AgentName | 'operator', ref: string): Socket {
  const socket = connect({ path: rig.socketOf(who) });
  socket.on('error', () => undefined).resume();
  const head = `${pktLine(`${'0'.repeat(40)} ${'1'.repeat(40)} ${ref}\0 report-status side-band-64k`)}0000`;
  socket.write(
    'POST /coder/app.git/git-receive-pack HTTP/1.1\r\nhost: forge\r\n' +
      `content-type: application/x-git-receive-pack-request\r\ncontent-length: 100000\r\n\r\n${head}PACK`,
  );
  return socket;
}

/** A push that deletes a branch, complete. */
function beginRemoval(who: AgentName, { ref, oid }: { ref: string; oid: string }): Socket {
  const socket = connect({ path: rig.socketOf(who) });
  socket.on('error', () => undefined);
  const body = `${pktLine(`${oid} ${'0'.repeat(40)} ${ref}\0 report-status side-band-64k`)}0000`;
  socket.write(
    'POST /coder/app.git/git-receive-pack HTTP/1.1\r\nhost: forge\r\n' +
      `content-type: application/x-git-receive-pack-request\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  return socket;
}

test('pushes whose client gets the answer cause no mail, accepted or refused', async () => {
  expect((await rig.git('-C', work, 'push', '-q', url, 'main')).code).toBe(0);
  expect((await rig.git('-C', work, 'push', url, 'main:main/below')).code).not.toBe(0);
  expect((await rig.git('-C', work, 'push', url, 'main:refs/heads/-x')).code).not.toBe(0);
  for (const name of ['a', 'b', 'c', 'd', 'e'])
    expect((await rig.git('-C', work, 'push', url.replace('app', name), 'main:refs/heads/-x')).code).not.toBe(0);
  expect(await mails()).toEqual([]);
});

test('a client that disconnects while git reads its pack, into a new repository or an old one, is notified that nothing changed', async () => {
  const socket = beginPush(CODER, 'refs/heads/first');
  await until('its git runs', async () => (await gitGroupsIn(rig.dir)).length === 1);
  socket.destroy();
  await until('its author is told', async () => (await mails()).length === 1);
  await rig.git('-C', work, 'push', '-q', url, 'main');
  const second = beginPush(CODER, 'refs/heads/second');
  await until('its git runs', async () => (await gitGroupsIn(rig.dir)).length === 1);
  second.destroy();
  await until('its author is told', async () => (await mails()).length === 2);
  const [first, then] = await mails();
  expect(first).toMatchObject({ kind: 'forge.push_lost', by: 'coder', data: { refs: ['refs/heads/first'] } });
  expect(first?.mail).toEqual([expect.objectContaining({ to: 'coder', priority: 'high' })]);
  expect(textOf(first?.mail[0])).toBe(
    'The connection of your push to "coder/app" ended before its answer. Nothing was changed. Push again if it is still wanted.',
  );
  expect(then).toMatchObject({ kind: 'forge.push_lost', repo: 'coder/app', data: { refs: ['refs/heads/second'] } });
});

test('a client that disconnects while its push waits for another one is notified, and the push is not carried out later', async () => {
  await rig.close();
  rig = await startRig({ tellWaitMs: 10 });
  work = await rig.makeWork('behind', { 'a.txt': 'a\n' });
  url = `${rig.urlOf(CODER)}/coder/app.git`;
  await rig.git('-C', work, 'push', '-q', url, 'main', 'main:other');
  const oid = (await rig.git('-C', work, 'rev-parse', 'main')).stdout.trim();
  const ahead = await holdRefs(rig, { owner: CODER, name: 'app' as RepoName });
  const behind = beginRemoval(CODER, { ref: 'refs/heads/other', oid });
  let said = '';
  behind.on('data', (bytes: Buffer) => (said += bytes.toString('latin1')));
  await until('it waits', () => said.includes('Waiting: another push into coder/app'));
  behind.destroy();
  await until('its git is gone', async () => (await gitGroupsIn(rig.dir)).length === 1);
  await ahead.release();
  await until('its author is told', async () => (await mails()).length === 1);
  // The operator's own push broke off as well: nobody is notified, and there is no fact of it.
  await rig.git('-C', work, 'push', '-q', url, 'main:after');
  expect((await rig.facts()).filter(({ kind }) => kind === 'forge.push_lost').map(({ by }) => by)).toEqual(['coder']);
  expect((await rig.git('ls-remote', '--heads', url)).stdout).toContain('refs/heads/other');
});

test('a forge that dies after git moved the refs notifies the author that the push took effect, once', async () => {
  await rig.git('-C', work, 'push', '-q', url, 'main');
  const oid = (await rig.git('-C', work, 'rev-parse', 'main')).stdout.trim();
  await rig.restart(async () => {
    const db = openForgeDb(join(rig.dir, 'root', 'forge.db'), null);
    const repositoryId = findRepository(db, CODER, 'app' as RepoName)?.id as number;
    const commands = ['took', 'not'].map((name) => ({ ref: `refs/heads/${name}`, new: oid }));
    // No process has this pid: the kernel's maximum is 4,194,304.
    openPush(db, { repositoryId, by: 'coder', pid: 5_000_000, commands, at: 1 });
    db.close();
    await rig.git(`--git-dir=${rig.repositoryDir('coder/app')}`, 'update-ref', 'refs/heads/took', oid);
  });
  await rig.restart();
  const told = await mails();
  expect(told.map(({ kind }) => kind)).toEqual(['forge.pushed']);
  expect(textOf(told[0]?.mail[0])).toBe(
    `The connection of your push to "coder/app" ended before its answer. It took effect: "took" is at ${oid.slice(0, 12)}. Not changed: "not". There is no need to push it again.`,
  );
});

/**
 * Vulnerability: an agent whose pushes break off repeatedly is woken by each of them, and pays for a turn each time.
 * Scenario: more broken pushes than the limit. Verified: mail up to the limit, then neither mail nor facts.
 */
test('an author is notified of a limited number of lost pushes per hour', async () => {
  await rig.close();
  rig = await startRig({ maxPushMails: 2 });
  work = await rig.makeWork('again', { 'a.txt': 'a\n' });
  url = `${rig.urlOf(CODER)}/coder/app.git`;
  await rig.git('-C', work, 'push', '-q', url, 'main');
  for (const name of ['1', '2', '3', '4']) {
    const socket = beginPush(CODER, `refs/heads/${name}`);
    await until('its git runs', async () => (await gitGroupsIn(rig.dir)).length === 1);
    socket.destroy();
    await until('its git has ended', async () => (await gitGroupsIn(rig.dir)).length === 0);
  }
  // A forge that shuts down waits for its running work.
  await rig.restart();
  expect(await mails()).toHaveLength(2);
  expect((await rig.facts()).filter(({ kind }) => kind === 'forge.push_lost')).toHaveLength(2);
});
