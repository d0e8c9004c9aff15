import { execFile } from 'node:child_process';
import { chmod, chown, lstat, mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import { parseConfig } from '../../config/parse-config.ts';
import { findAgent, setSession } from './store/agents.ts';
import { insertIntent, openIntents } from '../boxes/store/intents.ts';
import { openTestFleet } from '../../testing/open-test-fleet.ts';
import { archiveName, listArchives, removeArchive } from './archives.ts';
import { completeSpec } from './complete-spec.ts';
import { claimInterrupted, destroyAgent, resumeDestructions } from './destroy.ts';
import { agentPlaces } from '../../node/agent-directories.ts';
import { restoreAgent } from './restore.ts';

const scout = 'scout' as AgentName;
const run = promisify(execFile);
let hive: Awaited<ReturnType<typeof openTestFleet>>;
beforeEach(async () => {
  hive = await openTestFleet();
  await hive.fleet.keepers.reconcileAll();
});
afterEach(() => hive.close());

const owner = (name = 'scout') => hive.users.agent(findAgent(hive.db, name)?.id ?? 0);
const stateOf = (name = 'scout') => agentPlaces(hive.places.node, name as AgentName).state;
const boxesOf = async (name: string) => (await hive.runtime.list()).filter((box) => box.agent === name);
const restore = (archive: string, more: Partial<Parameters<typeof restoreAgent>[1]> = {}) =>
  restoreAgent(
    { ...hive.destroy, completeSpec: (given) => completeSpec(given, parseConfig('', 'config.yaml')) },
    { archive, start: true, ...more },
  );
const destroy = async () => basename((await destroyAgent(hive.destroy, scout, undefined)).archive ?? '');

async function give(path: string, mode: number): Promise<void> {
  if (hive.users.separate) await chown(path, owner(), owner());
  await chmod(path, mode);
}

/** Expects no leftovers: no row, no files, no box, no intent; the name is free. */
async function expectNothingOf(name: string): Promise<void> {
  expect(findAgent(hive.db, name)).toBeNull();
  expect(await readdir(hive.places.node.agents)).not.toContain(name);
  expect(await readdir(hive.places.node.sockets)).not.toContain(name);
  expect(await readdir(hive.places.node.trash)).toEqual([]);
  expect(openIntents(hive.db, 'destroy')).toEqual([]);
  expect(await boxesOf(name)).toEqual([]);
  await hive.create(name);
}

test('a destroyed agent is restored with its files, its session and its declaration', async () => {
  const { spec } = await hive.fleet.declarations
    .change(scout, { spec: { role: 'looks', prompt: 'Look.' }, by: 'hivectl' })
    .then(({ agent }) => agent);
  await hive.writer.write((tx) => setSession(tx.db, scout, 'session-1'));
  await writeFile(join(stateOf(), 'note'), 'kept');
  await give(join(stateOf(), 'note'), 0o4750);
  await mkdir(join(stateOf(), 'closed'));
  await symlink('/etc/shadow', join(stateOf(), 'closed', 'shadow'));
  await give(join(stateOf(), 'closed'), 0);
  const before = owner();

  const archive = await destroy();
  const record = join(hive.places.backups, archive.replace('.tar.gz', '.json'));
  expect((await lstat(record)).mode & 0o777).toBe(0o600);
  expect(await listArchives(hive.places.backups)).toMatchObject([
    { archive, name: 'scout', at: hive.time.now, role: 'looks', parent: 'manager' },
  ]);

  const agent = await restore(archive);
  expect(agent).toMatchObject({ name: 'scout', parent: 'manager', spec, desired: 'running', sessionId: 'session-1' });
  expect(await readFile(join(stateOf(), 'note'), 'utf8')).toBe('kept');
  const note = await lstat(join(stateOf(), 'note'));
  expect(note.mode & 0o7777).toBe(0o750);
  expect(note.uid).toBe(owner());
  if (hive.users.separate) expect(owner()).not.toBe(before);
  expect((await lstat(join(stateOf(), 'closed', 'shadow'))).isSymbolicLink()).toBe(true);
  await expect.poll(() => boxesOf('scout')).toHaveLength(1);
  expect(openIntents(hive.db, 'destroy')).toEqual([]);
});

test('no box starts, and no operation acts on the agent, before its files are there', async () => {
  const archive = await destroy();
  const seen: unknown[] = [];
  hive.changed.told = async () => {
    if (findAgent(hive.db, scout) === null) return;
    await hive.fleet.keepers.reconcileAll();
    seen.push(await boxesOf('scout'));
    await hive.fleet.control
      .restart(scout, 'hivectl')
      .catch((error: unknown) => seen.push((error as { code: string }).code));
    await destroyAgent(hive.destroy, scout, 'scout').catch((error: unknown) =>
      seen.push((error as { code: string }).code),
    );
  };
  await restore(archive);
  expect(seen).toEqual([[], expect.stringMatching(/^(busy|wrong_state)$/), 'busy']);
  await expect.poll(() => boxesOf('scout')).toHaveLength(1);
});

test('under another name, with another prompt, stopped; the archive stays until it is removed', async () => {
  await writeFile(join(stateOf(), 'note'), 'kept');
  await hive.writer.write((tx) => setSession(tx.db, scout, 'session-1'));
  const archive = await destroy();
  await hive.create('scout');
  await expect(restore(archive)).rejects.toMatchObject({ code: 'duplicate_agent' });
  await expect.poll(() => boxesOf('scout')).toHaveLength(1);
  const agent = await restore(archive, { as: 'other' as AgentName, spec: { role: 'new' }, start: false });
  expect(agent).toMatchObject({ name: 'other', desired: 'stopped', sessionId: null, spec: { role: 'new' } });
  expect(await readFile(join(stateOf('other'), 'note'), 'utf8')).toBe('kept');
  await removeArchive(hive.places.backups, archive);
  expect(await readdir(hive.places.backups)).toEqual([]);
  await expect(removeArchive(hive.places.backups, archive)).rejects.toMatchObject({ code: 'not_found' });
});

test('an archive from before disk limits existed is restored without such limits', async () => {
  await hive.fleet.declarations.change(scout, { spec: { prompt: 'Look.', limits: { diskMb: 5 } }, by: 'hivectl' });
  const archive = await destroy();
  const record = join(hive.places.backups, archive.replace('.tar.gz', '.json'));
  const old = JSON.parse(await readFile(record, 'utf8')) as { spec: { limits: Record<string, number> } };
  delete old.spec.limits['diskMb'];
  delete old.spec.limits['diskFiles'];
  await writeFile(record, JSON.stringify(old));
  expect(await listArchives(hive.places.backups)).toMatchObject([{ role: 'scout', parent: 'manager' }]);
  const agent = await restore(archive);
  expect(agent.spec).toMatchObject({ prompt: 'Look.', limits: { diskMb: 0, diskFiles: 0 } });
});

test('under another parent; a missing parent is refused before anything is created', async () => {
  const archive = await destroy();
  for (const parent of ['nobody', 'scout'] as AgentName[]) {
    await expect(restore(archive, { parent })).rejects.toMatchObject({ code: 'unknown_agent' });
    expect(findAgent(hive.db, scout)).toBeNull();
  }
  expect(await restore(archive, { parent: 'coder' as AgentName })).toMatchObject({ name: 'scout', parent: 'coder' });
});

test('an archive from before records were kept uses the given fields, and defaults', async () => {
  const archive = await destroy();
  await rm(join(hive.places.backups, archive.replace('.tar.gz', '.json')));
  const agent = await restore(archive, { spec: { role: 'given' } });
  expect(agent).toMatchObject({ parent: 'manager', spec: { role: 'given', prompt: '' } });
});

test.each(['../hive.db', '/etc/passwd', 'scout', 'link-20270131T090000000Z.tar.gz'])(
  'what is no archive of the list is refused: %s',
  async (archive) => {
    await symlink('/etc/passwd', join(hive.places.backups, 'link-20270131T090000000Z.tar.gz'));
    await expect(restore(archive)).rejects.toMatchObject({ code: 'not_found' });
    await expect(removeArchive(hive.places.backups, archive)).rejects.toMatchObject({ code: 'not_found' });
  },
);

test('a broken archive leaves no half-made agent', async () => {
  await writeFile(join(stateOf(), 'noise'), (await run('head', ['-c', '300000', '/dev/urandom'])).stdout);
  const archive = await destroy();
  await truncate(join(hive.places.backups, archive), 100_000);
  // Mail that arrives meanwhile does not stay queued for a missing agent.
  hive.changed.told = async () => {
    if (findAgent(hive.db, scout) !== null) await hive.broker.send('operator', { to: scout, body: 'meanwhile' });
  };
  await expect(restore(archive)).rejects.toMatchObject({ code: 'storage_unavailable' });
  expect(hive.problems).toEqual([]);
  expect(hive.db.prepare("SELECT state FROM deliveries WHERE recipient = 'scout'").pluck().all()).toEqual(['dead']);
  await expectNothingOf('scout');
});

test('an archive that vanishes meanwhile leaves no half-made agent', async () => {
  const archive = await destroy();
  hive.changed.told = () => rm(join(hive.places.backups, archive), { force: true });
  await expect(restore(archive)).rejects.toThrow();
  await expectNothingOf('scout');
});

test('a half-restored agent of a hived that died is removed at the next start', async () => {
  await hive.writer.write((tx) =>
    insertIntent(tx.db, { kind: 'destroy', agent: scout, data: { archive: null }, at: 0 }),
  );
  claimInterrupted(hive.destroy);
  await resumeDestructions(hive.destroy, {
    signal: new AbortController().signal,
    onError: (error) => expect.unreachable(String(error)),
  });
  await hive.trash.empty();
  await expectNothingOf('scout');
});

describe.runIf(process.getuid?.() === 0)('a hostile archive', () => {
  let source: string;
  let outside: string;
  const archive = archiveName('evil', 1_800_000_000_000);
  beforeEach(async () => {
    source = join(dirname(hive.places.root), 'source');
    outside = join(dirname(hive.places.root), 'outside');
    for (const dir of ['state', 'harness', 'through/state/link']) await mkdir(join(source, dir), { recursive: true });
    // Everybody may write there: only tar's own checks keep files out of it.
    await mkdir(outside);
    await chmod(outside, 0o777);
    await writeFile(join(source, 'bait'), 'bait');
    await writeFile(join(source, 'through/state/link/bait'), 'bait');
    await symlink(outside, join(source, 'state/link'));
    await writeFile(join(source, 'state/lends'), '');
    await chmod(join(source, 'state/lends'), 0o6755);
  });

  async function pack(...args: string[]): Promise<void> {
    const path = join(hive.places.backups, archive);
    await run('tar', ['--create', '--gzip', '--absolute-names', '--file', path, '--directory', source, ...args]);
  }

  /** Restored or refused: no file may be outside, and a refusal leaves nothing. */
  async function tryIt(): Promise<'restored' | 'refused'> {
    const tried = await restore(archive, { start: false }).then(
      () => 'restored' as const,
      () => 'refused' as const,
    );
    expect(await readdir(outside)).toEqual([]);
    expect((await readdir(hive.places.node.agents)).toSorted()).toEqual(
      ['coder', 'manager', 'scout', ...(tried === 'restored' ? ['evil'] : [])].toSorted(),
    );
    expect(await readdir(hive.places.node.trash)).toEqual([]);
    if (tried === 'refused') expect(findAgent(hive.db, 'evil')).toBeNull();
    return tried;
  }

  test('with absolute names writes nothing outside', async () => {
    await pack('--transform', `s,^bait$,${outside}/bait,`, 'state', 'harness', 'bait');
    expect(await tryIt()).toBe('restored');
  });

  test('with ".." writes nothing outside', async () => {
    await pack('--transform', 's,^bait$,state/../../../../outside/bait,', 'state', 'harness', 'bait');
    expect(await tryIt()).toBe('refused');
  });

  test('with a link and a file below it writes nothing outside', async () => {
    await pack('--transform', 's,^through/,,', 'state', 'harness', 'through/state/link/bait');
    await tryIt();
  });

  test('with members outside the agent’s directories restores only those inside', async () => {
    await pack('--transform', 's,^bait$,account/passwd,', 'state', 'harness', 'bait');
    expect(await tryIt()).toBe('restored');
    expect(await readFile(join(hive.places.node.agents, 'evil/account/passwd'), 'utf8')).not.toContain('bait');
  });

  test('with a link in place of a directory does not replace it', async () => {
    await symlink(outside, join(source, 'instead'));
    await pack('--transform', 'flags=r;s,^instead$,state,', 'harness', 'instead');
    await tryIt();
    const found = await lstat(stateOf('evil')).catch(() => null);
    expect(found?.isSymbolicLink() ?? false).toBe(false);
  });

  test('with setuid or setgid files drops these bits', async () => {
    await pack('state', 'harness');
    expect(await tryIt()).toBe('restored');
    const lends = await lstat(join(stateOf('evil'), 'lends'));
    expect(lends.mode & 0o7777).toBe(0o755);
    expect(lends.uid).toBe(owner('evil'));
  });

  test('with a device creates none', async () => {
    const path = join(hive.places.backups, archive);
    await run('python3', [
      '-c',
      `import sys, tarfile
with tarfile.open(sys.argv[1], "w:gz") as tar:
    for name, kind in (("state", tarfile.DIRTYPE), ("harness", tarfile.DIRTYPE), ("state/null", tarfile.CHRTYPE)):
        member = tarfile.TarInfo(name)
        member.type, member.mode, member.devmajor, member.devminor = kind, 0o755, 1, 3
        tar.addfile(member)`,
      path,
    ]);
    expect(await tryIt()).toBe('refused');
  });
});
