import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { HiveError } from '../../../protocol/errors.ts';

/** The one module of hivectl that starts programs. Arguments are arrays, environments are given whole. */
export interface ProgramRun {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly cwd?: string;
}

/**
 * Runs a program to its end; `output` is the end (16 KiB) of what it printed. An abort ends its whole process group
 * and throws `interrupted`; a program that is not there throws `setup_failed`.
 */
export function runProgram(program: string, options: ProgramRun): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    if (options.signal.aborted) return reject(new HiveError('interrupted'));
    const child = spawn(program, options.args, {
      env: options.env,
      cwd: options.cwd,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const collect = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-16_384);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const stop = () => {
      signalGroup(child, 'SIGTERM');
      setTimeout(() => signalGroup(child, 'SIGKILL'), 5_000).unref();
    };
    options.signal.addEventListener('abort', stop, { once: true });
    child.once('error', (cause) =>
      reject(new HiveError('setup_failed', `${program} could not be run: ${cause.message}.`, { cause })),
    );
    child.once('close', (code) => {
      options.signal.removeEventListener('abort', stop);
      if (options.signal.aborted) reject(new HiveError('interrupted'));
      else resolve({ code: code ?? 1, output });
    });
  });
}

/**
 * Runs a program on our own terminal (git for `hivectl forge git`). Ctrl-C reaches it by the terminal; a signal to us
 * alone is passed on by the abort. Returns its exit code.
 */
export function runOnTerminal(program: string, options: ProgramRun): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, options.args, { env: options.env, cwd: options.cwd, stdio: 'inherit' });
    const stop = () => void child.kill('SIGTERM');
    options.signal.addEventListener('abort', stop, { once: true });
    child.once('error', (cause) =>
      reject(new HiveError('invalid_input', `${program} could not be run: ${cause.message}.`, { cause })),
    );
    child.once('close', (code) => {
      options.signal.removeEventListener('abort', stop);
      resolve(code ?? 130);
    });
  });
}

/** A program that outlives us (hived, dockerd), or one in the foreground whose signals we pass on ourselves. */
export interface Daemon {
  readonly pid: number;
  /** Resolves when it ended, with its exit code (null: by a signal). */
  readonly ended: Promise<number | null>;
  /** Whether it ended, and how, by now. */
  exit(): { readonly code: number | null } | null;
  kill(signal: NodeJS.Signals): void;
}

/** Starts a daemon in a session of its own; its output is appended to `logFile`, or goes to our terminal when null. */
export function startDaemon(
  program: string,
  options: { args: readonly string[]; env: Readonly<Record<string, string>>; logFile: string | null },
): Promise<Daemon> {
  const log = options.logFile === null ? null : openSync(options.logFile, 'a', 0o600);
  const output = log ?? 'inherit';
  const child = spawn(program, options.args, {
    env: options.env,
    cwd: '/',
    detached: true,
    stdio: ['ignore', output, output],
  });
  if (log !== null) closeSync(log);
  let exit: { readonly code: number | null } | null = null;
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => {
      exit = { code };
      resolve(code);
    });
  });
  return new Promise((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new HiveError('setup_failed', `${program} could not be run: ${cause.message}.`, { cause })),
    );
    child.once('spawn', () => {
      if (log !== null) child.unref();
      resolve({ pid: child.pid ?? 0, ended, exit: () => exit, kill: (signal) => void child.kill(signal) });
    });
  });
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nobody of that group is left.
  }
}

/** Whether a process of that number lives (and whose it is does not matter). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
