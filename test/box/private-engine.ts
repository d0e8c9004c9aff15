import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A Docker engine of a test's own, beside the machine's: tests may kill it. */
export interface PrivateEngine {
  readonly dir: string;
  readonly socketPath: string;
  /** Arguments that keep a dockerd apart from the machine's. */
  readonly args: readonly string[];
  readonly logFile: string;
  /** The running process, from its own pid file; null when none lives. */
  pid(): Promise<number | null>;
  /** kill -9; throws when none lives. Resolves with the pid of the ended process. */
  kill(): Promise<number>;
  /** Imports a tiny image (a shell, sleep) into it. */
  importTinyImage(tag: string): Promise<void>;
  /** Ends its processes and removes its files. */
  dispose(): Promise<void>;
}

/** Prepares a private engine without starting it. Needs root. */
export async function layOutPrivateEngine(): Promise<PrivateEngine> {
  const dir = await mkdtemp(join(tmpdir(), 'hive-eng-'));
  const socketPath = join(dir, 'docker.sock');
  const pidFile = join(dir, 'docker.pid');
  const containerdPidFile = join(dir, 'exec', 'containerd', 'containerd.pid');
  // Its own bridge: with --bridge=none dockerd removes docker0, also the machine's.
  const bridge = `hive-${dir.slice(-6)}`;
  await run('ip', ['link', 'add', bridge, 'type', 'bridge']);
  const configFile = join(dir, 'daemon.json');
  // dockerd refuses an option that is both in this file and an argument.
  await writeFile(configFile, '{"live-restore": true}');
  const docker = (...args: string[]) => run('docker', ['-H', `unix://${socketPath}`, ...args]);
  return {
    dir,
    socketPath,
    args: [
      `--data-root=${join(dir, 'data')}`,
      `--exec-root=${join(dir, 'exec')}`,
      `--pidfile=${pidFile}`,
      `--config-file=${configFile}`,
      `--bridge=${bridge}`,
      '--iptables=false',
      '--ip-forward=false',
    ],
    logFile: join(dir, 'dockerd.log'),
    pid: () => livePid(pidFile, dir),
    async kill() {
      const pid = await livePid(pidFile, dir);
      if (pid === null) throw new Error('no engine lives that could be killed');
      process.kill(pid, 'SIGKILL');
      while ((await livePid(pidFile, dir)) !== null) await new Promise((resolve) => setTimeout(resolve, 20));
      return pid;
    },
    async importTinyImage(tag) {
      const root = join(dir, 'image');
      const { stdout } = await run('ldd', ['/bin/sh', '/bin/sleep']);
      const libraries = new Set(stdout.match(/\/\S+(?=\s\(0x)/g));
      await mkdir(join(root, 'bin'), { recursive: true });
      for (const file of ['/bin/sh', '/bin/sleep', ...libraries]) {
        await mkdir(join(root, file, '..'), { recursive: true });
        await run('cp', ['-L', file, join(root, file)]);
      }
      await symlink('bin', join(root, 'sbin'));
      const tar = join(dir, 'image.tar');
      await run('tar', ['-C', root, '-cf', tar, '.']);
      await docker('import', tar, tag);
    },
    async dispose() {
      await docker('ps', '-aq')
        .then(({ stdout }) =>
          Promise.all(
            stdout
              .split('\n')
              .filter(Boolean)
              .map((id) => docker('rm', '-f', id)),
          ),
        )
        .catch(() => undefined);
      for (const file of [pidFile, containerdPidFile]) {
        const pid = await livePid(file, dir);
        if (pid === null) continue;
        process.kill(pid, 'SIGTERM');
        for (let tries = 0; tries < 100 && (await livePid(file, dir)) !== null; tries += 1)
          await new Promise((resolve) => setTimeout(resolve, 100));
      }
      const { stdout } = await run('findmnt', ['-rno', 'TARGET']);
      for (const target of stdout
        .split('\n')
        .filter((line) => line.startsWith(`${dir}/`))
        .reverse())
        await run('umount', ['-l', target]).catch(() => undefined);
      await run('ip', ['link', 'delete', bridge]);
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The process that a pid file names, if it is alive and its command line names this engine's directory. */
async function livePid(file: string, dir: string): Promise<number | null> {
  const pid = Number(await readFile(file, 'utf8').catch(() => ''));
  if (!Number.isInteger(pid) || pid <= 1) return null;
  const cmdline = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return cmdline.includes(dir) ? pid : null;
}
