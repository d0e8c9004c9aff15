import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { HiveError } from '../protocol/errors.ts';
import { adminSurface } from '../protocol/operations/admin.ts';
import { connectSurface } from '../wire/client.ts';
import { findFreePort } from './support/free-port.ts';
import { fillDisk } from './support/small-disk.ts';
import { TEST_TOOLCHAIN } from './support/test-clis.ts';
import { openTestHive, type TestHive } from './support/test-hive.ts';

const run = promisify(execFile);
/** Used for its build and its toolchain: the hives of these tests have no boxes. */
let hive: TestHive;
beforeAll(async () => {
  hive = await openTestHive();
});
afterAll(() => hive.close());

describe('on a machine that lacks something', () => {
  let child: ChildProcess | null = null;
  let admin: ReturnType<typeof connectSurface<typeof adminSurface>>;
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'hv-poor-'));
    await chmod(home, 0o711);
    await mkdir(join(home, 'root'));
  });
  afterEach(async () => {
    if (child !== null && child.exitCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    }
    child = null;
    await admin.close();
    await run('umount', [join(home, 'root')]).catch(() => undefined);
    await rm(home, { recursive: true, force: true });
  });

  /** A hive without an engine; its log goes to a file in its root. */
  async function openBareHive(): Promise<void> {
    const root = join(home, 'root');
    const config = {
      dashboard: { port: await findFreePort() },
      engine: { start: 'never', socket: join(home, 'none') },
      toolchain_dir: TEST_TOOLCHAIN,
    };
    await writeFile(join(root, 'config.yaml'), stringify(config));
    const log = await open(join(root, 'hived.log'), 'a');
    child = spawn(process.execPath, [join(hive.root, '../app/hived.mjs')], {
      env: { PATH: process.env['PATH'], HIVE_ROOT: root, HIVE_RUN: join(home, 'run') },
      stdio: ['ignore', log.fd, log.fd],
    });
    await log.close();
    admin = connectSurface(adminSurface, join(home, 'run/admin.sock'));
    await expect
      .poll(async () => (await admin.call('status', {}).catch(() => null))?.ready, { timeout: 30_000 })
      .toBe(true);
  }

  test('no engine: agents are declared and mail is kept; operations that need a box say why they fail', async () => {
    await openBareHive();
    const list = async () => (await admin.call('listAgents', {})).agents;
    await expect
      .poll(async () => (await list()).map(({ name, desired, state }) => [name, desired, state]))
      .toEqual([
        ['manager', 'running', 'failed'],
        ['scout', 'running', 'failed'],
      ]);
    expect((await list())[0]?.reason).toContain('engine');
    expect((await admin.call('status', {})).engine).toMatchObject({ ok: false });
    const checks = (await admin.call('doctor', {})).checks;
    expect(checks.find(({ name }) => name === 'container engine')).toMatchObject({ level: 'fail' });
    await admin.call('createAgent', { name: 'early' });
    await admin.call('send', { to: 'early', body: 'for later' });
    await admin.call('createAgent', { name: 'idle', start: false });
    const { lastSeq } = await admin.call('status', {});
    for (const attempt of [
      () => admin.call('startAgent', { name: 'idle' }),
      () => admin.call('restartAgent', { name: 'scout' }),
      () => admin.call('rebuildAgent', { name: 'scout' }),
      () => admin.call('rebuildAll', {}),
      () => admin.call('destroyAgent', { name: 'idle' }),
    ])
      await expect(attempt()).rejects.toMatchObject({ code: 'engine_unavailable' });
    const { events } = await admin.call('listEvents', { after: lastSeq, kinds: 'agent.*,rebuild_all.*' });
    expect(events).toEqual([]);
    expect((await admin.call('getAgent', { name: 'early' })).agent.queued).toBe(1);
  });

  test('no space on the disk: nothing is acknowledged that is not stored, hived keeps running, and resumes when there is space', async () => {
    // Vulnerability: a false acknowledgement, or a hived that dies of a log line that it cannot write.
    const root = join(home, 'root');
    await run('mount', ['-t', 'tmpfs', '-o', 'size=12m,mode=0711', 'tmpfs', root]);
    await openBareHive();
    const acknowledged = [(await admin.call('send', { to: 'scout', body: 'before' })).id];
    const filler = join(root, 'filler');
    const send = async (n: number) => {
      const error = await admin.call('send', { to: 'scout', body: `${n} ${'x'.repeat(30_000)}` }).then(
        ({ id }) => void acknowledged.push(id),
        (thrown: unknown) => thrown as HiveError,
      );
      return error ?? null;
    };
    await fillDisk(filler);
    const errors = [];
    for (let n = 0; n < 40; n += 1) errors.push(await send(n));
    const refusals = errors.filter((error) => error !== null);
    expect(refusals.length).toBeGreaterThan(0);
    for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'storage_unavailable' });
    expect(refusals[0]?.message).toMatch(/Free some space/);
    await expect(
      admin.call('createAgent', { name: 'big', spec: { prompt: 'x'.repeat(19_000) } }),
    ).rejects.toMatchObject({ code: 'storage_unavailable' });
    // A key may use the reserve: it is stored whole, or refused with nothing left behind.
    const key = `sk-ant-${'x'.repeat(4_000)}`;
    const refusal = await admin.call('setProvider', { provider: 'anthropic', key }).then(
      () => null,
      (thrown: unknown) => thrown as HiveError,
    );
    if (refusal !== null) expect(refusal).toMatchObject({ code: 'storage_unavailable' });
    const secrets = await readdir(join(root, 'secrets'));
    expect(secrets).toHaveLength(refusal === null ? 1 : 0);
    for (const name of secrets) expect(await readFile(join(root, 'secrets', name), 'utf8')).toContain(key);
    // Its log lines about that go to the full disk as well.
    for (let n = 0; n < 20; n += 1) await send(n);
    expect((await admin.call('status', {})).pid).toBe(child?.pid);

    await rm(filler);
    await expect.poll(() => send(1_000), { timeout: 10_000 }).toBeNull();
    const { messages } = await admin.call('listMessages', { limit: 1_000 });
    // The hive's own notices about the disk are among them.
    const own = messages.filter(({ from }) => from === 'operator');
    expect(new Set(own.map(({ id }) => id))).toEqual(new Set(acknowledged));
    const db = new Database(join(root, 'hive.db'), { readonly: true });
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    db.close();
    expect((await admin.call('listAgents', {})).agents.map(({ name }) => name)).toEqual(['manager', 'scout']);
  });
});
