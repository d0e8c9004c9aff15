import { writeFile } from 'node:fs/promises';
import { readRssBytes } from '../../../system/process/inspect-process.ts';
import { keepOutput } from '../../../system/process/keep-output.ts';
import { startProgram } from '../../../system/process/start-program.ts';
import { createLineReader } from '../../../system/text/read-lines.ts';
import type { RecordRaw } from '../../raw/raw-lines.ts';

/** How a CLI process ended. `stderr` is the end of its error output. */
export interface CliExit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stderr: string;
  /** Why it could not be started; null when it ran. */
  readonly startError: string | null;
}

/** Handlers of a CLI's output. */
export interface LineHandlers {
  /** A line that is not blank. */
  onLine: (line: string) => void;
  /** A line was longer than 4 MiB; all but its first KiB was dropped. */
  onOversize: (head: string) => void;
}

/** One running CLI with line-based input and output. */
export interface CliProcess {
  readonly pid: number | null;
  readonly exited: Promise<CliExit>;
  isAlive(): boolean;
  /** Sets the receiver of lines; lines outside of a turn are ignored. */
  setHandlers(handlers: LineHandlers): void;
  write(line: unknown): void;
  closeInput(): void;
  /** Ends it: end of input, then SIGTERM and SIGKILL to its whole process group. Resolves when it is gone. */
  end(graces?: Graces): Promise<void>;
  kill(): void;
  /** Resident memory in bytes; null when it is gone. */
  rssBytes(): Promise<number | null>;
}

/** How long a program has to end, in milliseconds: after the end of its input, and after SIGTERM. */
export interface Graces {
  readonly inputMs: number;
  readonly graceMs: number;
}

/** Only the beginning of longer lines is read: tool results with big pictures, or garbage. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;
const MAX_STDERR_BYTES = 2_000;
/** Longer lines of stderr are recorded in pieces. */
const MAX_STDERR_LINE_BYTES = 16 * 1024;
const GRACES: Graces = { inputMs: 3_000, graceMs: 2_000 };
/** Between the harness (500, the box's) and the agent's commands (1000, set in BASH_ENV). */
const CLI_OOM_SCORE_ADJ = '750';

/**
 * Starts a CLI in a process group of its own. Never throws: a failed start is reported as an exit. Everything that is
 * said to it and by it is passed to `record`.
 */
export function startCli(
  path: string,
  options: { argv: string[]; env: Record<string, string>; cwd: string; record: RecordRaw },
): CliProcess {
  const { record } = options;
  let handlers: LineHandlers = { onLine: () => undefined, onOversize: () => undefined };
  const reader = createLineReader({
    maxBytes: MAX_LINE_BYTES,
    onLine: (line) => {
      if (line.trim() === '') return;
      record('stdout', line);
      handlers.onLine(line);
    },
    onLong: (head) => {
      record('stdout', head, true);
      handlers.onOversize(head);
    },
  });
  const stderr = keepOutput('end', MAX_STDERR_BYTES);
  const errors = createLineReader({
    maxBytes: MAX_STDERR_LINE_BYTES,
    onLine: (line) => record('stderr', line),
    onLong: 'split',
  });
  record('start', JSON.stringify([path, ...options.argv]));
  const program = startProgram({ argv: [path, ...options.argv], env: options.env, cwd: options.cwd });
  const { pid } = program;
  if (pid !== null) void endBeforeHarness(pid);
  program.stdout.on('data', (chunk: Buffer) => reader.push(chunk));
  program.stderr.on('data', (chunk: Buffer) => {
    stderr.add(chunk);
    errors.push(chunk);
  });

  const exited = program.ended.then(({ code, signal, error }) => {
    reader.end();
    errors.end();
    record('exit', JSON.stringify({ code, signal, error: error?.message ?? null }));
    return { code, signal, stderr: stderr.text().trim(), startError: error?.message ?? null };
  });

  return {
    pid,
    exited,
    isAlive: program.isRunning,
    setHandlers: (next) => {
      handlers = next;
    },
    write: (line) => {
      if (!program.stdin.writable) return;
      const text = JSON.stringify(line);
      record('stdin', text);
      program.stdin.write(`${text}\n`);
    },
    kill: program.kill,
    closeInput: () => void program.stdin.end(),
    end: async (graces = GRACES) => void (await program.end(graces)),
    rssBytes: () => (pid === null || !program.isRunning() ? Promise.resolve(null) : readRssBytes(pid)),
  };
}

/**
 * If memory runs out the kernel must kill the CLI before the harness, which then reports why. Without /proc nothing
 * is changed.
 */
async function endBeforeHarness(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/oom_score_adj`, CLI_OOM_SCORE_ADJ).catch(() => undefined);
}
