import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The paths of each peer's program in Debian; the first that exists is used. */
const PROGRAMS = {
  postgresql: ['/usr/lib/postgresql/15/bin/pgbench', '/usr/lib/postgresql/17/bin/pgbench'],
  'redis-server': ['/usr/bin/redis-server'],
  'nats-server': ['/usr/sbin/nats-server', '/usr/bin/nats-server'],
};
export type PeerPackage = keyof typeof PROGRAMS;

/** Packages call this program to ask whether their services may be started; exit code 101 means no. */
const POLICY = '/usr/sbin/policy-rc.d';

/** The path of a peer's installed program. When it is missing, the error says what to type. */
export function programOf(name: PeerPackage): string {
  const found = PROGRAMS[name].find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${name} is not installed. Type: apt-get install ${name}`);
  return found;
}

/**
 * Installs the Debian packages that are missing. Their services are not started: the bench runs its own servers on
 * temporary directories.
 */
export async function installPeers(names: readonly PeerPackage[], say: (line: string) => void): Promise<void> {
  const missing = names.filter((name) => !PROGRAMS[name].some((path) => existsSync(path)));
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0) throw new Error(`Type as root: apt-get install ${missing.join(' ')}`);
  say(`installing Debian's ${missing.join(', ')}, to be measured beside ours; no service of theirs is started`);
  await withoutServices(async () => {
    await aptGet(['install', '-y', '-q', '--no-install-recommends', ...missing]).catch(async () => {
      await aptGet(['update', '-q']);
      await aptGet(['install', '-y', '-q', '--no-install-recommends', ...missing]);
    });
  });
}

async function withoutServices(install: () => Promise<void>): Promise<void> {
  const ours = !existsSync(POLICY);
  if (ours) await writeFile(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await install();
  } finally {
    if (ours) await rm(POLICY);
  }
}

/** Waits for other installations instead of failing on their lock. */
async function aptGet(args: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const lock = ['/tmp/apt.lock', 'apt-get', '-o', 'DPkg::Lock::Timeout=120'];
  await run('flock', [...lock, ...args], { env, maxBuffer: 16 * 1024 * 1024 });
}
