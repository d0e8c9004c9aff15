import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { beginChild, hasPipes } from '../../../wire/begin-child.ts';
import { type LineHandlers, createLineReader } from './read-lines.ts';

/** How a CLI process ended. `stderr` is the end of what it complained about. */
export interface CliExit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stderr: string;
  /** Why it could not be started at all; null when it ran. */
  readonly startError: string | null;
}

/** One running CLI that talks in lines. */
export interface CliProcess {
  readonly pid: number | null;
  readonly exited: Promise<CliExit>;
  isAlive(): boolean;
  /** Where lines go from now on; lines outside of any turn are nobody's. */
  setHandlers(handlers: LineHandlers): void;
  write(line: unknown): void;
  /** Ends it: end of input, then SIGTERM and SIGKILL to everything it started. Resolves when it is gone. */
  end(): Promise<void>;
  kill(): void;
  rssBytes(): Promise<number | null>;
}

/** Of longer lines only the beginning is read: tool results with big pictures, or garbage. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;
const MAX_STDERR_CHARS = 2_000;
const END_OF_INPUT_MS = 3_000;
const TERM_MS = 2_000;
/** Between the harness (500, the box's) and the commands of the agent (1000, BASH_ENV). */
const CLI_OOM_SCORE_ADJ = '750';
/** After the exit, what is still in the pipe is read for so long: a grandchild may hold it open for ever. */
const DRAIN_MS = 500;

/** Starts a CLI in a process group of its own. Never throws: a start that fails is an exit. */
export function startCli(
  path: string,
  options: { argv: string[]; env: Record<string, string>; cwd: string },
): CliProcess {
  let handlers: LineHandlers = { onLine: () => undefined, onOversize: () => undefined };
  const reader = createLineReader(
    { onLine: (line) => handlers.onLine(line), onOversize: (head) => handlers.onOversize(head) },
    MAX_LINE_BYTES,
  );
  let stderr = '';
  let alive = true;
  const child = beginChild(() =>
    spawn(path, options.argv, { cwd: options.cwd, env: options.env, detached: true, stdio: 'pipe' }),
  );
  if (!hasPipes(child)) return neverStarted(child);
  if (child.pid !== undefined) void endBeforeHarness(child.pid);
  child.stdout.on('data', (chunk: Buffer) => reader.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-MAX_STDERR_CHARS);
  });
  // A CLI that died does not read its input any more; the exit says so.
  child.stdin.on('error', () => undefined);

  const exited = waitForExit(child).then((exit) => {
    // What it left behind in its group goes with it; later the number may be somebody else's.
    signalGroup('SIGKILL');
    alive = false;
    reader.end();
    return { ...exit, stderr: stderr.trim() };
  });

  function signalGroup(signal: NodeJS.Signals): void {
    if (child.pid === undefined || !alive) return;
    try {
      process.kill(-child.pid, signal);
    } catch {
      // Everything in the group is gone.
    }
  }

  return {
    pid: child.pid ?? null,
    exited,
    isAlive: () => alive && child.exitCode === null && child.signalCode === null,
    setHandlers: (next) => {
      handlers = next;
    },
    write: (line) => {
      if (child.stdin.writable) child.stdin.write(`${JSON.stringify(line)}\n`);
    },
    kill: () => signalGroup('SIGKILL'),
    async end() {
      child.stdin.end();
      for (const [signal, afterMs] of [
        ['SIGTERM', END_OF_INPUT_MS],
        ['SIGKILL', TERM_MS],
      ] as const) {
        const cancel = new AbortController();
        const gone = await Promise.race([
          exited.then(() => true),
          wait(afterMs, false, { signal: cancel.signal }).catch(() => false),
        ]);
        cancel.abort();
        if (gone) break;
        signalGroup(signal);
      }
      await exited;
    },
    rssBytes: () => (child.pid === undefined || !alive ? Promise.resolve(null) : readRssBytes(child.pid)),
  };
}

function neverStarted(child: ChildProcess): CliProcess {
  let alive = true;
  const exited = waitForExit(child).then((exit) => {
    alive = false;
    return { ...exit, stderr: '' };
  });
  return {
    pid: null,
    exited,
    isAlive: () => alive,
    setHandlers: () => undefined,
    write: () => undefined,
    kill: () => undefined,
    end: async () => void (await exited),
    rssBytes: () => Promise.resolve(null),
  };
}

/** When memory is short the kernel ends the CLI before the harness, which then says why. What has no /proc is left as it is. */
async function endBeforeHarness(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/oom_score_adj`, CLI_OOM_SCORE_ADJ).catch(() => undefined);
}

function waitForExit(child: ChildProcess): Promise<Omit<CliExit, 'stderr'>> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, startError: error.message });
    });
    child.once('exit', (code, signal) => {
      const done = () => {
        clearTimeout(timer);
        resolve({ code, signal, startError: null });
      };
      const timer = setTimeout(() => {
        child.stdout?.destroy();
        done();
      }, DRAIN_MS);
      child.once('close', done);
    });
  });
}

/** Resident memory of a process in bytes; null when it is gone. */
export async function readRssBytes(pid: number | 'self'): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(status);
  return found === null ? null : Number(found[1]) * 1024;
}
