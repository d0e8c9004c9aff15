import { readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { type Daemon, startDaemon } from '../../../../system/process/start-daemon.ts';

/** Paths of dockerd's runtime files; its defaults, unless its arguments say otherwise. */
export interface EnginePlaces {
  readonly socketPath: string;
  readonly pidFile: string;
  readonly execRoot: string;
  readonly configFile: string;
}

const DEFAULT_SOCKETS: ReadonlySet<string> = new Set(['/var/run/docker.sock', '/run/docker.sock']);
const LOG_BYTES = 10 * 1024 * 1024;
const ENGINE_ENV = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' };

/** The paths of a dockerd with these additional arguments. */
export function enginePlaces(socketPath: string, args: readonly string[]): EnginePlaces {
  return {
    socketPath,
    pidFile: optionOf(args, ['--pidfile', '-p']) ?? '/var/run/docker.pid',
    execRoot: optionOf(args, ['--exec-root']) ?? '/var/run/docker',
    configFile: optionOf(args, ['--config-file']) ?? '/etc/docker/daemon.json',
  };
}

/** The live dockerd that the pid file names; null when there is none. */
export async function findEngine(places: EnginePlaces): Promise<number | null> {
  return (await liveProcess(places.pidFile, 'dockerd')).livePid;
}

/**
 * Starts dockerd so that it outlives hived, its output appended to `logFile`. Boxes keep running while the engine is
 * away (live restore). `ended` resolves with its end. Rejects when the log cannot be opened.
 */
export async function startEngine(
  places: EnginePlaces,
  options: { args: readonly string[]; logFile: string },
): Promise<Daemon> {
  await clearStalePids(places);
  await keepLogSmall(options.logFile);
  const argv = engineArgv(places, { args: options.args, configured: await configuredKeys(places.configFile) });
  return startDaemon({ argv, env: ENGINE_ENV }, { logFile: options.logFile, mode: 0o640 });
}

/** dockerd refuses an option that is both in its configuration file and among its arguments. */
export function engineArgv(
  places: EnginePlaces,
  options: { args: readonly string[]; configured: readonly string[] },
): [string, ...string[]] {
  const given = (key: string) =>
    options.configured.includes(key) || options.args.some((arg) => arg.split('=')[0] === `--${key}`);
  const host = DEFAULT_SOCKETS.has(places.socketPath) || given('hosts') ? [] : ['-H', `unix://${places.socketPath}`];
  return ['dockerd', ...(given('live-restore') ? [] : ['--live-restore']), ...host, ...options.args];
}

/**
 * dockerd trusts its pid files: when one is left from a crash or an earlier boot of the machine and another process has
 * the number by now, it refuses to start, or waits for a process that is not containerd. Such files are removed.
 */
async function clearStalePids(places: EnginePlaces): Promise<void> {
  const files = [
    { path: places.pidFile, program: 'dockerd' },
    { path: join(places.execRoot, 'containerd', 'containerd.pid'), program: 'containerd' },
  ];
  for (const { path, program } of files) {
    const { named, livePid } = await liveProcess(path, program);
    if (named && livePid === null) await rm(path, { force: true });
  }
}

async function liveProcess(pidFile: string, program: string): Promise<{ named: boolean; livePid: number | null }> {
  const text = await readOrNull(pidFile);
  if (text === null) return { named: false, livePid: null };
  const pid = /^\d+$/.test(text.trim()) ? Number(text) : null;
  if (pid === null) return { named: true, livePid: null };
  const status = (await readOrNull(`/proc/${pid}/status`)) ?? '';
  const runs = status.startsWith(`Name:\t${program}\n`) && !/^State:\s+Z/m.test(status);
  return { named: true, livePid: runs ? pid : null };
}

async function configuredKeys(configFile: string): Promise<string[]> {
  const text = await readOrNull(configFile);
  if (text === null) return [];
  try {
    return Object.keys(z.record(z.string(), z.unknown()).parse(JSON.parse(text)));
  } catch {
    // dockerd itself reports what is wrong with the file.
    return [];
  }
}

async function keepLogSmall(logFile: string): Promise<void> {
  const found = await stat(logFile).catch(() => null);
  if (found !== null && found.size > LOG_BYTES) await rename(logFile, `${logFile}.1`);
}

async function readOrNull(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(() => null);
}

/** The value of an option written as `--name=value` or `--name value`. */
function optionOf(args: readonly string[], names: readonly string[]): string | null {
  for (const [at, arg] of args.entries()) {
    if (names.includes(arg)) return args[at + 1] ?? null;
    const name = names.find((candidate) => arg.startsWith(`${candidate}=`));
    if (name !== undefined) return arg.slice(name.length + 1);
  }
  return null;
}
