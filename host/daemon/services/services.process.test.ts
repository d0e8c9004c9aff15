import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ServiceSpec } from './service-spec.ts';
import { createServices, type Services } from './services.ts';
import type { GatewayControl } from '../../../protocol/schemas/service.ts';
import type { ProviderName } from '../../../protocol/providers.ts';

const ANTHROPIC = 'anthropic' as ProviderName;

const WAIT = { interval: 20 };
const providers = (key: string) =>
  ({
    type: 'providers' as const,
    providers: [
      {
        name: ANTHROPIC,
        kind: 'anthropic' as const,
        baseUrl: 'https://x.test',
        keys: [{ label: 'main', key, setAt: 1 }],
        demo: false,
      },
    ],
  }) satisfies GatewayControl;
const CONFIGURE: ReturnType<ServiceSpec['configure']> = {
  type: 'configure',
  instance: '00000000-0000-4000-8000-000000000000',
  reportSocket: '/s',
  hiveEgressSocket: '/e',
  network: { https: null, http: null, noProxy: '', caPem: null },
  maxBodyBytes: 1,
  prices: [],
};

describe('services', () => {
  let dir: string;
  let services: Services | null = null;
  let started: { service: string; pid: number }[] = [];
  let exited: { service: string; why: string; restartInMs: number | null }[] = [];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'hive-services-'));
    started = [];
    exited = [];
  });
  afterEach(async () => {
    await services?.stop();
    services = null;
    await rm(dir, { recursive: true });
  });

  function supervise(program: string, args: string[] = [], change: Partial<ServiceSpec> = {}): Services {
    const file = fileURLToPath(new URL(`fixtures/${program}.mjs`, import.meta.url));
    const spec: ServiceSpec = {
      name: 'one',
      argv: [process.execPath, file, ...args],
      uid: null,
      gid: null,
      env: { PATH: '/usr/bin:/bin', ONLY: 'this' },
      configure: () => CONFIGURE,
      logFile: join(dir, 'one.log'),
      ...change,
    };
    services = createServices([spec], {
      now: () => performance.now(),
      random: () => 0,
      redact: (line) => line.replaceAll('hunter2-hunter2', '[secret:X]'),
      log: () => {},
      onStarted: (event) => started.push(event),
      onExited: (event) => exited.push(event),
      timing: { readyMs: 1_000, stopMs: 300 },
    });
    return services;
  }
  const logged = () => readFile(join(dir, 'one.log'), 'utf8').catch(() => '');
  const status = () => services?.status()[0];

  test('a ready service runs, with the given environment only, and stops on request', async () => {
    const running = supervise('echoes-control');
    expect(await running.start()).toEqual([]);
    expect(started).toEqual([{ service: 'one', pid: status()?.pid }]);
    expect(status()).toMatchObject({ name: 'one', state: 'running', restarts: 0, reason: null });
    await expect.poll(logged, WAIT).toContain('env ONLY,PATH\n');
    await running.stop();
    expect(exited).toEqual([{ service: 'one', why: 'was stopped', restartInMs: null }]);
    expect(status()).toMatchObject({ state: 'stopped', pid: null });
  });

  test.skipIf(process.getuid?.() !== 0)(
    'it runs as the given user, without additional groups (needs root)',
    async () => {
      await supervise('echoes-control', [], { uid: 54_321, gid: 54_322 }).start();
      await expect.poll(logged, WAIT).toContain('user 54321:54322 groups 54322\n');
    },
  );

  test.skipIf(process.getuid?.() !== 0)('it can never gain a privilege: no setuid program, no capability', async () => {
    await supervise('echoes-control', [], { uid: 54_321, gid: 54_322 }).start();
    const proc = await readFile(`/proc/${started[0]?.pid}/status`, 'utf8');
    expect(proc).toMatch(/^NoNewPrivs:\t1$/m);
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
      expect(proc).toMatch(new RegExp(`^${set}:\\t0+$`, 'm'));
    expect(proc).toMatch(/^Uid:\t54321\t54321\t54321\t54321$/m);
  });

  test('the last control line of each kind is repeated to a new instance, after its configure line', async () => {
    const running = supervise('echoes-control');
    running.send('one', { type: 'agents', agents: [] });
    await running.start();
    running.send('one', providers('first'));
    running.send('one', providers('second'));
    // A one-time request: a later instance must not repeat it.
    running.send('one', { type: 'test', id: '00000000-0000-4000-8000-000000000001', provider: ANTHROPIC });
    await expect.poll(logged, WAIT).toContain('"test"');
    process.kill(started[0]?.pid ?? Number.NaN, 'SIGKILL');
    await expect.poll(() => started.length, WAIT).toBe(2);
    const secondLife = async () => (await logged()).split('-- one starts')[2] ?? '';
    await expect.poll(secondLife, WAIT).toContain('second');
    expect((await secondLife()).match(/(?<=heard ).*/g)?.map((line) => JSON.parse(line) as unknown)).toEqual([
      CONFIGURE,
      { type: 'agents', agents: [] },
      providers('second'),
    ]);
    expect(exited[0]).toMatchObject({ why: 'was ended by SIGKILL', restartInMs: 200 });
    expect(status()).toMatchObject({ state: 'running', restarts: 1 });
  });

  test('a service that crashes is restarted, later each time, and its last log line is the reason', async () => {
    const late = await supervise('crashes', ['3', 'ready']).start();
    await expect.poll(() => exited.length, WAIT).toBeGreaterThanOrEqual(3);
    expect(exited.slice(0, 3).map((event) => event.restartInMs)).toEqual([200, 400, 800]);
    expect(exited[0]?.why).toBe('exited with code 3: cannot go on: the reason');
    expect(status()).toMatchObject({ state: expect.stringMatching(/backing_off|starting/), reason: exited[0]?.why });
    expect(late.length).toBeLessThanOrEqual(1);
  });

  test('a secret that a service writes is neither in its log nor in the reason why it ended', async () => {
    await supervise('crashes', ['3', 'ready', 'no access with hunter2-hunter2']).start();
    await expect.poll(() => exited.length, WAIT).toBeGreaterThanOrEqual(1);
    expect(exited[0]?.why).toBe('exited with code 3: cannot go on: no access with [secret:X]');
    await expect.poll(logged, WAIT).toContain('[secret:X]');
    expect(await logged()).not.toContain('hunter2');
  });

  test('a service that reports a taken port is retried quickly, and reported once', async () => {
    const late = await supervise('crashes', ['73']).start({ waitMs: 1_500 });
    expect(late).toMatchObject([{ name: 'one', reason: 'exited with code 73: cannot go on: the reason' }]);
    await expect.poll(() => status()?.restarts, WAIT).toBeGreaterThanOrEqual(3);
    expect(exited).toEqual([{ service: 'one', why: late[0]?.reason, restartInMs: 100 }]);
  });

  test('a service that is not ready in time is killed and restarted', async () => {
    const late = await supervise('never-ready').start({ waitMs: 2_000 });
    expect(late).toMatchObject([{ name: 'one', reason: 'was not ready after 1 s' }]);
    expect(exited[0]).toEqual({ service: 'one', why: 'was not ready after 1 s', restartInMs: 200 });
    expect(started).toEqual([]);
  });

  test('a service that ignores SIGTERM is killed together with its children', async () => {
    const running = supervise('ignores-sigterm');
    await running.start();
    await expect.poll(logged, WAIT).toMatch(/child \d+/);
    const child = Number((await logged()).match(/child (\d+)/)?.[1]);
    await running.stop();
    expect(exited).toHaveLength(1);
    await expect.poll(() => isAlive(child), WAIT).toBe(false);
  });

  test('a missing program is a reason, not a crash', async () => {
    const late = await supervise('', [], { argv: ['/no/such/program'] }).start({ waitMs: 300 });
    expect(late).toMatchObject([
      { pid: null, reason: expect.stringContaining('could not be started: spawn /no/such/program ENOENT') },
    ]);
  });

  test('stop ends the wait for a restart, and nothing is started afterwards', async () => {
    const running = supervise('crashes', ['1']);
    await running.start({ waitMs: 1 });
    await expect.poll(() => status()?.state, WAIT).toBe('backing_off');
    await running.stop();
    const count = exited.length;
    await running.start({ waitMs: 500 });
    expect(exited).toHaveLength(count);
    expect(status()).toMatchObject({ state: 'stopped' });
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
