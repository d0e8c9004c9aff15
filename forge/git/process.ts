import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { HiveError } from '../../protocol/errors.ts';

/** A git that runs, as the leader of its own process group. */
export interface GitProcess {
  readonly pid: number;
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Resolves when git has ended and closed its output; never rejects. */
  readonly ended: Promise<{ code: number | null; stderr: string }>;
  /** SIGTERM to the whole group (git removes its quarantine), SIGKILL after the grace. */
  kill(): void;
}

/** The zone's only door to child processes. */
export interface Git {
  /** Starts `git ...argv`. `env` is added to the scratch environment. */
  start(argv: readonly string[], env?: Readonly<Record<string, string>>): Promise<GitProcess>;
  /** The same, but git begins only when a line comes on stdin, and never when stdin ends before. */
  startHeld(argv: readonly string[]): Promise<GitProcess>;
  /** Runs a short command to its end. Throws `internal` on a status other than 0, or on over 64 MiB of output. */
  run(argv: readonly string[]): Promise<string>;
  /** Kills every group that is still there. */
  killAll(): void;
}

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const MAX_STDERR_CHARS = 4_000;

/** `path`: the PATH git is found on. `killGraceMs`: SIGTERM to SIGKILL. */
export function createGit(options: { path: string; killGraceMs: number }): Git {
  const alive = new Set<GitProcess>();
  const scratch = {
    PATH: options.path,
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  };

  async function start(program: string, argv: readonly string[], env: Record<string, string> = {}) {
    const child = spawn(program, argv, {
      env: { ...scratch, ...env },
      cwd: '/',
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (cause) =>
        reject(new HiveError('service_unavailable', 'git could not be started on the host.', { cause })),
      );
    });
    const process = manage(child, options.killGraceMs);
    alive.add(process);
    void process.ended.then(() => alive.delete(process));
    return process;
  }

  return {
    start: (argv, env) => start('git', argv, env),
    // The arguments stand in the command line while it waits, too: whoever looks for a git of a repository finds it.
    startHeld: (argv) => start('/bin/sh', ['-c', 'read -r _ && exec git "$@"', 'git', ...argv]),
    async run(argv) {
      const git = await start('git', argv);
      git.stdin.end();
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of git.stdout) {
        bytes += (chunk as Buffer).length;
        if (bytes > MAX_OUTPUT_BYTES) {
          git.kill();
          break;
        }
        chunks.push(chunk as Buffer);
      }
      const { code, stderr } = await git.ended;
      if (code !== 0)
        throw new HiveError('internal', undefined, { cause: new Error(`git ended with ${code}: ${stderr}`) });
      return Buffer.concat(chunks).toString('utf8');
    },
    killAll: () => {
      for (const git of alive) git.kill();
    },
  };
}

function manage(child: ChildProcessByStdio<Writable, Readable, Readable>, graceMs: number): GitProcess {
  const pid = child.pid as number;
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (stderr.length < MAX_STDERR_CHARS) stderr += text.slice(0, MAX_STDERR_CHARS - stderr.length);
  });
  // git may close its input before it has read all of it (EPIPE): whoever writes sees `close`.
  child.stdin.on('error', () => undefined);
  let killed: Promise<void> | null = null;
  let isOver = false;
  const closed = new Promise<number | null>((resolve) =>
    child.once('close', (code) => {
      isOver = true;
      resolve(code);
    }),
  );
  const ended = closed.then(async (code) => {
    await killed;
    return { code, stderr };
  });
  return {
    pid,
    stdin: child.stdin,
    stdout: child.stdout,
    ended,
    kill: () => {
      // The number may be somebody else's by now.
      if (isOver) return;
      killed ??= killGroup(pid, graceMs);
      // Nobody reads on; output that is kept back would keep the child from being `closed`.
      child.stdout.resume();
    },
  };
}

/** Ends a process group for good; returns when no process of it is left, at the latest one more grace after SIGKILL. */
async function killGroup(pid: number, graceMs: number): Promise<void> {
  const signal = (name: NodeJS.Signals | 0): boolean => {
    try {
      return process.kill(-pid, name);
    } catch {
      return false;
    }
  };
  for (const name of ['SIGTERM', 'SIGKILL'] as const) {
    signal(name);
    const deadline = Date.now() + graceMs;
    while (Date.now() < deadline) {
      if (!signal(0)) return;
      await sleep(20);
    }
  }
}
