import { writeFile } from 'node:fs/promises';
import { readRssBytes } from '../../../system/process/inspect-process.ts';
import { keepOutput } from '../../../system/process/keep-output.ts';
import { startProgram } from '../../../system/process/start-program.ts';
import { createLineReader } from '../../../system/text/read-lines.ts';

/** How a CLI process ended. `stderr` is the end of what it complained about. */
export interface CliExit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stderr: string;
  /** Why it could not be started at all; null when it ran. */
  readonly startError: string | null;
}

/** What a CLI says. */
export interface LineHandlers {
  /** A line that is not blank. */
  onLine: (line: string) => void;
  /** A line was longer than 4 MiB; it was dropped but for its first KiB. */
  onOversize: (head: string) => void;
}

/** One running CLI that talks in lines. */
export interface CliProcess {
  readonly pid: number | null;
  readonly exited: Promise<CliExit>;
  isAlive(): boolean;
  /** Where lines go from now on; lines outside of any turn are nobody's. */
  setHandlers(handlers: LineHandlers): void;
  write(line: unknown): void;
  closeInput(): void;
  /** Ends it: end of input, then SIGTERM and SIGKILL to everything it started. Resolves when it is gone. */
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

/** Of longer lines only the beginning is read: tool results with big pictures, or garbage. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;
const MAX_STDERR_BYTES = 2_000;
const GRACES: Graces = { inputMs: 3_000, graceMs: 2_000 };
/** Between the harness (500, the box's) and the commands of the agent (1000, BASH_ENV). */
const CLI_OOM_SCORE_ADJ = '750';

/** Starts a CLI in a process group of its own. Never throws: a start that fails is an exit. */
export function startCli(
  path: string,
  options: { argv: string[]; env: Record<string, string>; cwd: string },
): CliProcess {
  let handlers: LineHandlers = { onLine: () => undefined, onOversize: () => undefined };
  const reader = createLineReader({
    maxBytes: MAX_LINE_BYTES,
    onLine: (line) => {
      if (line.trim() !== '') handlers.onLine(line);
    },
    onLong: (head) => handlers.onOversize(head),
  });
  const stderr = keepOutput('end', MAX_STDERR_BYTES);
  const program = startProgram({ argv: [path, ...options.argv], env: options.env, cwd: options.cwd });
  const { pid } = program;
  if (pid !== null) void endBeforeHarness(pid);
  program.stdout.on('data', (chunk: Buffer) => reader.push(chunk));
  program.stderr.on('data', stderr.add);

  const exited = program.ended.then(({ code, signal, error }) => {
    reader.end();
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
      if (program.stdin.writable) program.stdin.write(`${JSON.stringify(line)}\n`);
    },
    kill: program.kill,
    closeInput: () => void program.stdin.end(),
    end: async (graces = GRACES) => void (await program.end(graces)),
    rssBytes: () => (pid === null || !program.isRunning() ? Promise.resolve(null) : readRssBytes(pid)),
  };
}

/** When memory is short the kernel ends the CLI before the harness, which then says why. What has no /proc is left as it is. */
async function endBeforeHarness(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/oom_score_adj`, CLI_OOM_SCORE_ADJ).catch(() => undefined);
}
