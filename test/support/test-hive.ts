import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Docker from 'dockerode';
import { stringify } from 'yaml';
import { adminSurface } from '../../protocol/operations/admin.ts';
import type { HiveEvent } from '../../protocol/schemas/event.ts';
import { connectSurface, type SurfaceClient } from '../../wire/client.ts';
import { findFreePort } from './free-port.ts';
import { linkTree } from './link-tree.ts';
import { PATIENCE_MS } from './patience.ts';
import { TEST_TOOLCHAIN } from './test-clis.ts';

const top = join(import.meta.dirname, '../..');

export interface TestHiveOptions {
  /** Names of the first agents; the first is always the manager. */
  agents?: string[];
  /** Merged over the test's config.yaml. */
  config?: Record<string, unknown>;
  /** An engine of the test's own, which hived may start; the machine's otherwise. */
  engine?: { socketPath: string; args: readonly string[] };
  /** Mounts a separate disk at the root before anything is in it; returns a function that unmounts it. */
  mountRoot?: (root: string) => Promise<() => Promise<void>>;
  /** Fills the root before the first start, for example with the files of a hive of an older build. */
  fillRoot?: (root: string) => Promise<void>;
}

/** A whole hive of real parts on a root of its own: hived, services, boxes, the real CLI, the demo model. */
export interface TestHive {
  root: string;
  run: string;
  port: number;
  admin: SurfaceClient<typeof adminSurface>;
  hived: () => ChildProcess;
  /** Starts hived (again) and waits until it is ready. */
  start(): Promise<void>;
  /** kill -9 of hived alone; resolves when it is gone. */
  kill(): Promise<void>;
  /** Waits until the log contains a matching event, whether it happened already or not. */
  event(fits: (event: HiveEvent) => boolean, forMs?: number): Promise<HiveEvent>;
  events(kinds?: string): Promise<HiveEvent[]>;
  /** The recorded model calls that match, once there are this many: the gateway reports a call after its answer. */
  calls(count: number, fits: (event: HiveEvent) => boolean): Promise<HiveEvent[]>;
  /** Polls hived until the answer is neither undefined nor false. */
  until<T>(ask: () => Promise<T | undefined | false>, what: string | (() => string), forMs?: number): Promise<T>;
  hivectl(args: string[], stdin?: string | Buffer): Promise<{ code: number; stdout: string; stderr: string }>;
  /** Runs a program in an agent's box, as the box's own user. */
  inBox(agent: string, argv: string[]): Promise<{ code: number; output: string }>;
  /** Waits until every agent is idle: its box runs, its harness said hello, no turn is open. */
  allIdle(): Promise<void>;
  /** Waits until every service runs. hived is ready without one that starts late, as on a busy machine, and tries it on. */
  allServe(): Promise<void>;
  containers(): Promise<Docker.ContainerInfo[]>;
  /** Ends everything and checks that nothing was left. */
  close(): Promise<void>;
}

export async function openTestHive(options: TestHiveOptions = {}): Promise<TestHive> {
  const docker = new Docker({ socketPath: options.engine?.socketPath ?? '/var/run/docker.sock' });
  const home = await mkdtemp(join(tmpdir(), 'hv-'));
  await chmod(home, 0o711);
  const root = join(home, 'root');
  const run = join(home, 'run');
  const app = join(home, 'app');
  await mkdir(root, { recursive: true });
  const unmount = await options.mountRoot?.(root);
  await options.fillRoot?.(root);
  await linkTree(join(top, 'dist'), app);
  const port = await findFreePort();
  const config = {
    dashboard: { port },
    toolchain_dir: TEST_TOOLCHAIN,
    engine:
      options.engine === undefined
        ? { start: 'never' }
        : { socket: options.engine.socketPath, args: options.engine.args },
    // Most tests need neither; some count repositories, or what a changed list of skills begins anew.
    skills: { from_docs: false },
    forge: { keep_config: false },
    first_agents: (options.agents ?? ['manager', 'scout']).map((name) => ({ name, role: name })),
    ...options.config,
  };
  await writeFile(join(root, 'config.yaml'), stringify(config));
  const env = { PATH: process.env['PATH'] ?? '', HIVE_ROOT: root, HIVE_RUN: run, HOME: home };
  const admin = connectSurface(adminSurface, join(run, 'admin.sock'));
  let child: ChildProcess | null = null;
  let output = '';
  let hiveId: string | null = null;

  async function start(): Promise<void> {
    const started = spawn(process.execPath, [join(app, 'hived.mjs')], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    child = started;
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-20_000);
    };
    started.stdout.on('data', keep);
    started.stderr.on('data', keep);
    await until(async () => {
      if (started.exitCode !== null || started.signalCode !== null)
        throw new Error(`hived ended (${started.exitCode ?? started.signalCode}):\n${output}`);
      const status = await admin.call('status', {}).catch(() => undefined);
      hiveId = status?.hiveId ?? hiveId;
      return status?.ready === true && status.pid === started.pid;
    }, 'hived to be ready');
  }

  async function until<T>(
    ask: () => Promise<T | undefined | false>,
    what: string | (() => string),
    forMs = PATIENCE_MS,
  ): Promise<T> {
    const began = Date.now();
    const deadline = began + forMs;
    for (;;) {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      if (Date.now() > deadline)
        throw new Error(`waited ${forMs} ms for ${typeof what === 'string' ? what : what()}\n${output.slice(-4_000)}`);
      // What takes long is asked about less often: questions use the same processors as what they wait for.
      await sleep(Math.min(200, 20 + (Date.now() - began) / 20));
    }
  }

  async function events(kinds?: string): Promise<HiveEvent[]> {
    const all: HiveEvent[] = [];
    for (let after = 0; ;) {
      const page = await admin.call('listEvents', { after, limit: 1_000, ...(kinds === undefined ? {} : { kinds }) });
      all.push(...page.events);
      after = page.upTo ?? page.lastSeq;
      if (after >= page.lastSeq) return all;
    }
  }

  async function kill(): Promise<void> {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  async function containers(): Promise<Docker.ContainerInfo[]> {
    if (hiveId === null) return [];
    return docker.listContainers({ all: true, filters: { label: [`hive.id=${hiveId}`] } });
  }

  return {
    root,
    run,
    port,
    admin,
    hived: () => child!,
    start,
    kill,
    until,
    events,
    event(fits, forMs) {
      let after = 0;
      const findNewer = async () => {
        const page = await admin.call('listEvents', { after, limit: 1_000 });
        after = page.events.at(-1)?.seq ?? after;
        return page.events.find(fits);
      };
      return until(findNewer, 'an event', forMs);
    },
    calls(count, fits) {
      let calls: HiveEvent[] = [];
      const areThere = async () => {
        calls = (await events('usage.recorded')).filter(fits);
        return calls.length >= count && calls;
      };
      return until(areThere, () => `${count} recorded calls (there are ${calls.length})`);
    },
    containers,
    async allIdle() {
      let states = '';
      const areIdle = async () => {
        const { agents } = await admin.call('listAgents', {});
        states = agents.map(({ name, state, reason }) => `${name} ${state} ${reason ?? ''}`).join('; ');
        return agents.every(({ state }) => state === 'idle' || state === 'blocked');
      };
      await until(areIdle, () => `all agents to be idle (${states})`);
    },
    async allServe() {
      const doServe = async () => {
        const { services } = await admin.call('status', {});
        return services.every(({ state }) => state === 'running');
      };
      await until(doServe, 'all services to run');
    },
    hivectl: (args, stdin) =>
      new Promise((resolve) => {
        const ctl = execFile(
          process.execPath,
          [join(app, 'hivectl.mjs'), ...args],
          { env: { ...env, COLUMNS: '120' } },
          (error, stdout, stderr) => {
            resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
          },
        );
        ctl.stdin?.end(stdin ?? '');
      }),
    async inBox(agent, argv) {
      const box = (await containers()).find((one) => one.Labels['hive.agent'] === agent && one.State === 'running');
      if (box === undefined) throw new Error(`${agent} has no running box`);
      for (let tries = 0; ; tries += 1) {
        const done = await execInTerminal(docker.getContainer(box.Id), argv);
        // A test beside this one has taken all terminals of the machine for a moment (box-lockdown.test.ts).
        if (done.code !== 126 || !done.output.includes('/dev/ptmx: no space left') || tries === 120) return done;
        await sleep(500);
      }
    },
    async close() {
      const stopping = admin.call('shutdown', { boxes: true }).catch(() => undefined);
      await stopping;
      if (child !== null && child.exitCode === null && child.signalCode === null) {
        const timer = setTimeout(() => child?.kill('SIGKILL'), 30_000);
        await once(child, 'exit');
        clearTimeout(timer);
      }
      await admin.close();
      for (const box of await containers())
        await docker
          .getContainer(box.Id)
          .remove({ force: true })
          .catch(() => undefined);
      const left = await processesUnder(home);
      await unmount?.();
      await rm(home, { recursive: true, force: true });
      if (left.length > 0) throw new Error(`processes were left behind: ${left.join(', ')}`);
    },
  };
}

/** Processes whose command line names this test's directory. */
async function processesUnder(dir: string): Promise<string[]> {
  const { readdir } = await import('node:fs/promises');
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (line.includes(dir)) found.push(`${pid} ${line.replaceAll('\0', ' ').slice(0, 120)}`);
  }
  return found;
}

async function execInTerminal(box: Docker.Container, argv: string[]): Promise<{ code: number; output: string }> {
  const run = await box.exec({ Cmd: argv, AttachStdout: true, AttachStderr: true, Tty: true });
  const stream = await run.start({ Tty: true });
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(stream, 'end');
  return { code: (await run.inspect()).ExitCode ?? -1, output: text.replaceAll('\r\n', '\n') };
}
