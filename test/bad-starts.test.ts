import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ErrorCode, errorRow } from '../protocol/errors.ts';
import { agentSocket, ask, get, openQuietHive, readWhole } from './support/bad-input.ts';
import type { TestHive } from './support/test-hive.ts';

/**
 * A start with bad settings, or on a root or a port that is in use, is refused with a clear message and changes
 * nothing.
 */
const run = promisify(execFile);
let hive: TestHive;
beforeAll(async () => {
  hive = await openQuietHive();
});
afterAll(() => hive.close());
const whole = () => readWhole(hive);

describe('a port that is in use', () => {
  test('the hive stays up, names the port and what to do, and the page is back when the port is free', async () => {
    const stranger = createServer((_request, response) => response.end('not the hive'));
    const find = async () => (await hive.admin.call('status', {})).services.find(({ name }) => name === 'dashboard');
    const { pid } = (await find()) ?? {};
    process.kill(pid ?? 0, 'SIGKILL');
    await hive.until(
      () =>
        new Promise<boolean>((resolve) => {
          stranger.once('error', () => resolve(false));
          stranger.listen(hive.port, '127.0.0.1', () => resolve(true));
        }),
      'the port to be ours',
    );
    const taken = await hive.until(async () => {
      const found = await find();
      return found?.state === 'backing_off' && found.reason?.includes('in use') === true && found;
    }, 'the dashboard to say that its port is taken');
    expect(taken.reason).toContain(`Port ${hive.port}`);
    expect(taken.reason).toContain('dashboard.port');
    const doctor = await hive.hivectl(['doctor']);
    expect(doctor.code).toBe(errorRow('service_unavailable').exit);
    expect(doctor.stdout.replaceAll(/\s+/g, ' ')).toContain(`Port ${hive.port}`);
    const status = await hive.hivectl(['status']);
    expect(status.code).toBe(0);
    expect(status.stdout.replaceAll(/\s+/g, ' ')).toContain(`Port ${hive.port}`);

    stranger.closeAllConnections();
    await new Promise((resolve) => stranger.close(resolve));
    await hive.until(async () => (await find())?.state === 'running', 'the page to be back');
    expect((await fetch(`http://127.0.0.1:${hive.port}/`)).status).toBeLessThan(500);
  });
});

describe('starting', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'hv-bad-'));
    await chmod(home, 0o711);
    await mkdir(join(home, 'root'));
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  /** Starts a hived that should refuse to start. */
  async function start(env: Record<string, string> = {}, args: string[] = []) {
    const places = { HIVE_ROOT: join(home, 'root'), HIVE_RUN: join(home, 'run'), ...env };
    const hived = join(hive.root, '../app/hived.mjs');
    const child = spawn(process.execPath, [hived, ...args], { env: places, stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdout.resume();
    const [code] = (await once(child, 'close')) as [number];
    const error = stderr === '' ? null : (JSON.parse(stderr) as { error: { code: ErrorCode; message: string } }).error;
    return { code, error };
  }

  test.each([
    ['dashbord:\n  port: 7780\n', /unknown key "dashbord" \(did you mean "dashboard"\?\)/],
    ['dashboard:\n  prot: 7780\n', /unknown key "dashboard\.prot" \(did you mean "port"\?\)/],
    ['dashboard:\n  port: 77800\n', /dashboard\.port: .*65535/],
    ['dashboard: {port: 7780\n', /line/],
    ['first_agents: [{name: scout, role: x}]\n', /manager/],
    ['first_agents: [{name: manager, role: x}, {name: a, role: x}, {name: a, role: x}]\n', /same name/],
    ['toolchain_dir: somewhere\n', /absolute/],
    ['- a list\n', /expected object/i],
    [`a: &a [x, x]\nb: &b [*a, *a]\n${'c: [*b, *b, *b, *b]\n'.repeat(1)}d: [*b, *b]\n`, /unknown key/],
  ])('config.yaml: %j', async (text, words) => {
    await writeFile(join(home, 'root/config.yaml'), text);
    for (const args of [['--check-config'], []]) {
      const { code, error } = await start({}, args);
      expect(code).toBe(78);
      expect(error).toMatchObject({ code: 'config_invalid', message: expect.stringMatching(words) as string });
    }
    expect(await readdir(home)).toEqual(['root']);
    expect(await readdir(join(home, 'root'))).toEqual(['config.yaml']);
  });

  test('prices.yaml: a misspelt key is refused with the file, the place and the nearest key', async () => {
    await writeFile(
      join(home, 'root/prices.yaml'),
      'providers: { lab: { models: { x: { input: 1, output: 2, cache_raed: 1 } } } }\n',
    );
    for (const args of [['--check-config'], []]) {
      const { code, error } = await start({}, args);
      expect(code).toBe(78);
      const words =
        /prices\.yaml is not valid: unknown key "providers\.lab\.models\.x\.cache_raed" \(did you mean "cache_read"\?\)/;
      expect(error).toMatchObject({ code: 'config_invalid', message: expect.stringMatching(words) as string });
    }
    expect(await readdir(join(home, 'root'))).toEqual(['prices.yaml']);
  });

  test('a second hived on the same root, or with the sockets of another, refuses to start and does no harm', async () => {
    const before = await whole();
    const { pid } = await hive.admin.call('status', {});
    const same = await start({ HIVE_ROOT: hive.root, HIVE_RUN: join(home, 'run') });
    expect(same).toMatchObject({ code: 73, error: { code: 'hive_running' } });
    expect(same.error?.message).toContain(`${hive.root} already (pid ${pid})`);
    const crossed = await start({ HIVE_RUN: hive.run });
    expect(crossed).toMatchObject({ code: 73, error: { code: 'hive_running' } });
    expect(crossed.error?.message).toContain('HIVE_RUN');
    expect(await readdir(join(home, 'root'))).toEqual(['hived.lock']);
    expect((await hive.admin.call('status', {})).pid).toBe(pid);
    expect((await ask(agentSocket(hive, 'hived'), get('/whoami'))).body).toMatchObject({ name: 'scout' });
    expect(await whole()).toEqual(before);
  });

  test('"up" on a root or on sockets that a running hive holds names that hive and what to do, before any set-up', async () => {
    const before = await whole();
    const { pid } = await hive.admin.call('status', {});
    const up = (env: Record<string, string>, ...args: string[]) =>
      run(process.execPath, [join(hive.root, '../app/hivectl.mjs'), 'up', ...args], {
        env: { PATH: process.env['PATH'] ?? '', HOME: home, HIVE_ROOT: hive.root, HIVE_RUN: hive.run, ...env },
      }).catch((failed: { code: number; stdout: string; stderr: string }) => failed);
    for (const args of [[], ['--foreground'], ['--restart']]) {
      const elsewhere = await up({ HIVE_RUN: join(home, 'run') }, ...args);
      expect(elsewhere).toMatchObject({ code: 73, stdout: '' });
      expect(elsewhere.stderr).toBe(
        `error: A hive runs on ${hive.root} already (pid ${pid}), with its sockets in ${hive.run}. Use it: HIVE_RUN=${hive.run} npx hivectl status. Stop it: HIVE_RUN=${hive.run} npx hivectl down\n`,
      );
      const crossed = await up({ HIVE_ROOT: join(home, 'root') }, ...args);
      expect(crossed).toMatchObject({ code: 73, stdout: '' });
      expect(crossed.stderr).toBe(
        `error: Another hive (pid ${pid}) has its sockets in ${hive.run}; this one's root is ${join(home, 'root')}. Set HIVE_RUN to a directory of this hive's own, or stop the other one: npx hivectl down\n`,
      );
    }
    const again = await up({}, '--foreground');
    expect(again).toMatchObject({ code: 73, stdout: '' });
    expect(again.stderr).toBe(
      `error: A hive runs on ${hive.root} already (pid ${pid}). Use it, or stop it first: npx hivectl down --keep-boxes\n`,
    );
    expect((await hive.admin.call('status', {})).pid).toBe(pid);
    expect(await readdir(home)).toEqual(['root']);
    expect(await whole()).toEqual(before);
  });

  test('a refused start prints one plain line on a terminal', async () => {
    const hived = join(hive.root, '../app/hived.mjs');
    const env = { HIVE_ROOT: hive.root, HIVE_RUN: join(home, 'run') };
    const { pid } = await hive.admin.call('status', {});
    const failed = await run(process.execPath, [hived, '--plain-errors'], { env }).catch((error: unknown) => error);
    expect(failed).toMatchObject({
      code: 73,
      stdout: '',
      stderr: `error: A hive runs on ${hive.root} already (pid ${pid}). Use it, or stop it: npx hivectl down\n`,
    });
  });

  test('a root of a newer version is left unchanged, byte for byte', async () => {
    const path = join(home, 'root/hive.db');
    const db = new Database(path);
    db.pragma('journal_mode = WAL');
    db.exec('CREATE TABLE of_the_future (x)');
    db.pragma('user_version = 99');
    db.close();
    const before = await readFile(path);
    const { code, error } = await start();
    expect([code, error?.code]).toEqual([78, 'newer_database']);
    expect(error?.message).toContain('99');
    expect((await readFile(path)).equals(before)).toBe(true);
    expect((await readdir(join(home, 'root'))).sort()).toEqual(['hive.db', 'hived.lock']);
  });

  test('a root that belongs to somebody else, that other users cannot reach, or whose socket paths would be too long', async () => {
    await writeFile(join(home, 'root/hive.db'), 'my notes\n'.repeat(200));
    expect(await start()).toMatchObject({ code: 78, error: { code: 'foreign_root' } });
    expect(await readFile(join(home, 'root/hive.db'), 'utf8')).toBe('my notes\n'.repeat(200));
    await writeFile(join(home, 'file'), '');
    expect(await start({ HIVE_ROOT: join(home, 'file/root') })).toMatchObject({ code: 78 });
    await chmod(home, 0o700);
    const closed = await start({ HIVE_ROOT: join(home, 'new') });
    expect(closed).toMatchObject({ code: 78, error: { code: 'config_invalid' } });
    expect(closed.error?.message).toContain(`chmod o+x ${home}`);
    expect(await start({ HIVE_RUN: `/tmp/${'long'.repeat(20)}` })).toMatchObject({ code: 78 });
    expect(await start({ HIVE_ROOT: 'relative' })).toMatchObject({ code: 78 });
    expect((await readdir(home)).sort()).toEqual(['file', 'root', 'run']);
  });
});
