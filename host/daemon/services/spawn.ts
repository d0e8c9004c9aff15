import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { open } from 'node:fs/promises';
import { Readable, Writable } from 'node:stream';
import { beginChild, hasPipes } from '../../../wire/begin-child.ts';

/**
 * The daemon's only use of child_process.
 *
 * Programs get an argv array (no shell), exactly the environment they are given, and a session of
 * their own: a Ctrl-C in hived's terminal reaches hived alone, which then ends its programs in order.
 */
export interface ProgramSpec {
  /** The program (absolute, or found on `env.PATH`) and its arguments. */
  readonly argv: readonly [string, ...string[]];
  /** The whole environment; nothing of hived's own is added. */
  readonly env: Readonly<Record<string, string>>;
  /** User and group to run as, without further groups; null leaves hived's own. */
  readonly uid: number | null;
  readonly gid: number | null;
  /** The working directory, entered with hived's own rights before the user changes. `/` when left out. */
  readonly cwd?: string;
}

/** How long a program's output may be read after its end. */
const LAST_OUTPUT_MS = 1_000;

/** How a program ended. `error` is set when it could not be started at all. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly error: Error | null;
}

/** A program that is tied to hived by its three pipes. */
export interface Program {
  /** Null when it could not be started. */
  readonly pid: number | null;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Fulfilled once, when the program and what it had started are gone and its output was read. Never rejects. */
  readonly ended: Promise<ProgramEnd>;
  /** Signals the program; with SIGKILL also what it started. One that is gone is fine. */
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
}

/** Starts a program with pipes for stdin, stdout and stderr. Does not throw: a failed start is an end with `error`. */
export function spawnPiped(spec: ProgramSpec): Program {
  const child = beginChild(() => spawnChild(spec, ['pipe', 'pipe', 'pipe']));
  if (!hasPipes(child)) return neverStarted(endOf(child, 'close'));
  // A program that dies with unread input breaks its pipe; its end says all there is to say.
  child.stdin.on('error', () => {});
  // What it had started would hold its pipes open, and has nobody to work for any more.
  child.once('exit', () => {
    killGroup(child.pid);
    // What left the group may hold them still; it shall not keep the end from being seen.
    setTimeout(
      () => [child.stdin, child.stdout, child.stderr].forEach((pipe) => pipe.destroy()),
      LAST_OUTPUT_MS,
    ).unref();
  });
  return {
    pid: child.pid ?? null,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    ended: endOf(child, 'close'),
    kill(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      if (signal === 'SIGKILL') killGroup(child.pid);
      else child.kill(signal);
    },
  };
}

function neverStarted(ended: Promise<ProgramEnd>): Program {
  const stdin = new Writable({ write: (_chunk, _encoding, done) => done() });
  return { pid: null, stdin, stdout: Readable.from([]), stderr: Readable.from([]), ended, kill: () => undefined };
}

/**
 * Starts a program that outlives hived: no pipes, its output appended to `logFile`. `ended` tells of
 * its end while hived lives. Rejects only when the log file cannot be opened.
 */
export async function spawnDetached(
  spec: ProgramSpec,
  logFile: string,
): Promise<{ pid: number | null; ended: Promise<ProgramEnd> }> {
  const log = await open(logFile, 'a', 0o640);
  try {
    const child = beginChild(() => spawnChild(spec, ['ignore', log.fd, log.fd]));
    child.unref();
    return { pid: child.pid ?? null, ended: endOf(child, 'exit') };
  } finally {
    await log.close();
  }
}

function spawnChild(spec: ProgramSpec, stdio: StdioOptions): ChildProcess {
  const [command, ...args] = spec.argv;
  return spawn(command, args, {
    env: spec.env as NodeJS.ProcessEnv,
    cwd: spec.cwd ?? '/',
    detached: true,
    stdio,
    ...(spec.uid === null ? {} : { uid: spec.uid }),
    ...(spec.gid === null ? {} : { gid: spec.gid }),
  });
}

function endOf(child: ChildProcess, event: 'exit' | 'close'): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, error });
    });
    child.once(event, (code: number | null, signal: NodeJS.Signals | null) => resolve({ code, signal, error: null }));
  });
}

/** The program leads its own process group (detached), so what it started goes with it. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
