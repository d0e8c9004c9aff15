import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, readdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import { findAgent } from './store/agents.ts';
import { insertIntent, openIntents } from '../boxes/store/intents.ts';
import { openTestFleet } from '../../testing/open-test-fleet.ts';
import { claimInterrupted, destroyAgent, resumeDestructions } from './destroy.ts';
import { agentPlaces } from '../../node/agent-directories.ts';

const scout = 'scout' as AgentName;
const run = promisify(execFile);
let hive: Awaited<ReturnType<typeof openTestFleet>>;
beforeEach(async () => {
  hive = await openTestFleet();
  await hive.fleet.keepers.reconcileAll();
});
afterEach(() => hive.close());

const state = () => agentPlaces(hive.places.node, scout).state;
const owner = () => hive.users.agent(findAgent(hive.db, scout)?.id ?? 0);
const archives = async () => (await readdir(hive.places.backups)).filter((name) => name.endsWith('.tar.gz'));
const listing = async (archive: string | null) =>
  (await run('tar', ['--list', '--verbose', '--gzip', '--file', archive ?? ''])).stdout;

async function write(name: string, text: string): Promise<string> {
  const path = join(state(), name);
  await writeFile(path, text);
  if (hive.users.separate) await chown(path, owner(), owner());
  return path;
}

test('of two concurrent destructions of one agent one succeeds, the other is refused as "busy", and the archive is complete', async () => {
  await write('note', 'kept');
  const tries = await Promise.allSettled([1, 2, 3].map(() => destroyAgent(hive.destroy, scout, undefined)));
  expect(tries.map((one) => (one.status === 'fulfilled' ? 'done' : (one.reason as { code: string }).code))).toEqual([
    'done',
    'busy',
    'busy',
  ]);
  expect(await archives()).toHaveLength(1);
  const [done] = tries;
  expect(await listing(done?.status === 'fulfilled' ? done.value.archive : null)).toContain('state/note');
  expect(hive.heard.filter((event) => event.kind === 'agent.destroyed')).toHaveLength(1);
  expect(await readdir(hive.places.node.agents)).not.toContain('scout');
});

test('the name stays taken while the old agent’s files are still there', async () => {
  await write('note', 'the old one’s');
  let open = () => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  hive.changed.told = () => gate;
  const destroying = destroyAgent(hive.destroy, scout, undefined);
  await expect.poll(() => findAgent(hive.db, scout)).toBeNull();
  await expect(hive.create('scout')).rejects.toMatchObject({ code: 'busy' });
  open();
  await destroying;
  await hive.create('scout');
  expect(await readdir(state())).toEqual([]);
});

test('an agent cannot keep itself from being archived, and links are archived as links', async () => {
  // Vulnerability: unreadable files make the archiver fail; a sparse file of terabytes keeps it busy; a link leads out.
  await chmod(await write('unreadable', 'kept all the same'), 0);
  await truncate(await write('huge', ''), 8 * 1024 ** 4);
  const locked = join(state(), 'locked');
  await mkdir(locked);
  await symlink('/etc/shadow', join(locked, 'shadow'));
  await symlink('/etc', join(state(), 'etc'));
  if (hive.users.separate) await chown(locked, owner(), owner());
  await chmod(locked, 0);
  const { archive } = await destroyAgent(hive.destroy, scout, undefined);
  const list = await listing(archive);
  expect(list).toMatch(/state\/unreadable\n/);
  expect(list).toMatch(/^l.* state\/locked\/shadow -> \/etc\/shadow$/m);
  expect(list).toMatch(/^l.* state\/etc -> \/etc$/m);
  expect(list).not.toMatch(/state\/etc\//);
});

test.each([undefined, 'scout'])('900 nested directories are destroyed like any others (purge: %s)', async (purge) => {
  // Vulnerability: paths longer than the kernel accepts made the deletion fail for ever, and were logged in full.
  const nest = "for (let n = 0; n < 900; n += 1) { fs.mkdirSync('x'.repeat(200)); process.chdir('x'.repeat(200)); }";
  const as = hive.users.separate ? { uid: owner(), gid: owner() } : {};
  await run(process.execPath, ['-e', nest], { cwd: state(), ...as });
  await destroyAgent(hive.destroy, scout, purge);
  expect(await readdir(hive.places.node.trash)).toEqual([]);
  expect(await archives()).toHaveLength(purge === undefined ? 1 : 0);
  expect(hive.problems).toEqual([]);
});

test('an agent whose files cannot be archived stays as it was, and no trace of the attempt is left', async () => {
  await hive.fleet.keepers.reconcileAll();
  const broken = { ...hive.destroy, backups: join(hive.places.backups, 'gone') };
  await expect(destroyAgent(broken, scout, undefined)).rejects.toThrow();
  expect(findAgent(hive.db, scout)?.desired).toBe('running');
  expect(openIntents(hive.db, 'destroy')).toEqual([]);
  await expect.poll(() => hive.fleet.views.view(scout).boxId).not.toBeNull();
});

test('a crash after the row was deleted: the next start deletes the files and reports nothing twice', async () => {
  await write('note', 'old');
  await hive.writer.write((tx) => {
    tx.db.prepare("DELETE FROM agents WHERE name = 'scout'").run();
    insertIntent(tx.db, { kind: 'destroy', agent: scout, data: { archive: null }, at: 0 });
  });
  claimInterrupted(hive.destroy);
  await expect(hive.create('scout')).rejects.toMatchObject({ code: 'busy' });
  await resumeDestructions(hive.destroy, {
    signal: new AbortController().signal,
    onError: (error) => expect.unreachable(String(error)),
  });
  expect(await readdir(hive.places.node.agents)).not.toContain('scout');
  expect(hive.heard.map((event) => event.kind)).not.toContain('agent.destroyed');
  await hive.create('scout');
});

test('a destruction interrupted by a crash is not forgotten when the engine is away at the next start', async () => {
  const archive = join(hive.places.backups, 'scout.tar.gz');
  await hive.writer.write((tx) => insertIntent(tx.db, { kind: 'destroy', agent: scout, data: { archive }, at: 0 }));
  hive.runtime.away = true;
  claimInterrupted(hive.destroy);
  const over = new AbortController();
  const ending = resumeDestructions(hive.destroy, { signal: over.signal, onError: () => undefined });
  await expect.poll(() => hive.fleet.keepers.of(scout).view().engineAway).toBe(true);
  over.abort();
  await ending;
  expect(openIntents(hive.db, 'destroy')).toHaveLength(1);
  hive.runtime.away = false;
  await resumeDestructions(hive.destroy, { signal: new AbortController().signal, onError: () => undefined });
  expect(findAgent(hive.db, scout)).toBeNull();
  expect(await archives()).toEqual(['scout.tar.gz']);
});

test('many keepers check at once, and the engine is queried a few times in all', async () => {
  for (let n = 0; n < 40; n += 1) hive.addAgent(`a${n}`);
  await hive.fleet.keepers.reconcileAll();
  hive.runtime.lists = 0;
  await hive.fleet.keepers.reconcileAll();
  expect(hive.runtime.lists).toBeLessThanOrEqual(2);
});

test('a rebuild that never ends blocks nothing: the agent can be destroyed, and the next of its name starts fresh', async () => {
  await hive.writer.write((tx) =>
    insertIntent(tx.db, { kind: 'rebuild', agent: scout, data: { generation: 2 }, at: 0 }),
  );
  expect(hive.fleet.views.view(scout).state).toBe('rebuilding');
  await destroyAgent(hive.destroy, scout, 'scout');
  expect((await hive.create('scout')).state).not.toBe('rebuilding');
});

test('an agent whose sockets cannot be made is removed without trace', async () => {
  const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
  let times = 0;
  hive.changed.told = async () => {
    times += 1;
    if (times === 1) throw full;
  };
  await expect(hive.create('late')).rejects.toMatchObject({ code: 'storage_unavailable' });
  expect(findAgent(hive.db, 'late')).toBeNull();
  expect(await readdir(hive.places.node.agents)).not.toContain('late');
  await hive.create('late');
});
