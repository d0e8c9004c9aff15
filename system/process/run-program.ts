import { keepOutput } from './keep-output.ts';
import type { ProgramEnd, ProgramSpec } from './spawn-child.ts';
import { startProgram, type StartOptions } from './start-program.ts';

export interface RunOptions extends Omit<StartOptions, 'stdin'> {
  /** The complete input on stdin. Default: none. */
  readonly input?: string;
  /** Ends the program. */
  readonly signal?: AbortSignal;
  /** Ends the program after this many milliseconds. */
  readonly limitMs?: number;
  /** Milliseconds between SIGTERM and SIGKILL when the program is ended. Default 0: SIGKILL at once. */
  readonly graceMs?: number;
  /** Which part of each output is kept, in bytes. Default: the first 64 KiB. */
  readonly keep?: { readonly side: 'start' | 'end'; readonly maxBytes: number };
  /** Ends a program that writes more to stdout than `keep` allows. Default: the rest is read and discarded. */
  readonly stopsWhenFull?: boolean;
  /** Where stderr is kept. `merged`: in `stdout`, in the order of arrival. Default: `apart`. */
  readonly stderr?: 'apart' | 'merged';
}

export interface ProgramResult extends ProgramEnd {
  readonly stdout: string;
  readonly stderr: string;
  /** Why we ended it; null when it ended by itself. */
  readonly stopped: 'aborted' | 'late' | 'too_much_output' | null;
}

const KEEP = { side: 'start', maxBytes: 64 * 1024 } as const;
const KEEP_STDERR_BYTES = 64 * 1024;

/**
 * Runs a program to its end, with bounded output. Never rejects: a program that could not be started has an `error`,
 * one that we ended has a reason in `stopped`. Resolves when its process group is gone and its output was read.
 */
export async function runProgram(spec: ProgramSpec, options: RunOptions = {}): Promise<ProgramResult> {
  const { signal, limitMs, keep = KEEP } = options;
  const program = startProgram(spec, { ...options, stdin: options.input === undefined ? 'nothing' : 'pipe' });
  let stopped: ProgramResult['stopped'] = null;
  const stop = (why: NonNullable<ProgramResult['stopped']>) => {
    stopped ??= why;
    if (options.graceMs === undefined) program.kill();
    else void program.end({ graceMs: options.graceMs });
  };

  const stdout = keepOutput(keep.side, keep.maxBytes);
  const stderr = keepOutput(keep.side, Math.min(keep.maxBytes, KEEP_STDERR_BYTES));
  program.stdout.on('data', (chunk: Buffer) => {
    stdout.add(chunk);
    if (options.stopsWhenFull === true && stdout.isCut()) stop('too_much_output');
  });
  program.stderr.on('data', (chunk: Buffer) => (options.stderr === 'merged' ? stdout : stderr).add(chunk));
  program.stdin.end(options.input);

  const abort = () => stop('aborted');
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted === true) abort();
  const limit = limitMs === undefined ? undefined : setTimeout(() => stop('late'), limitMs);
  const end = await program.ended;
  clearTimeout(limit);
  signal?.removeEventListener('abort', abort);
  return { ...end, stdout: stdout.text(), stderr: stderr.text(), stopped };
}
