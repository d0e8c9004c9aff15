import { open } from 'node:fs/promises';
import { endOf, type ProgramEnd, type ProgramSpec, spawnChild } from './spawn-child.ts';

/** A program in its own session and without pipes to us, which may outlive us. */
export interface Daemon {
  /** Null when it could not be started. */
  readonly pid: number | null;
  /** Fulfilled when it has ended, while we live. Never rejects. */
  readonly ended: Promise<ProgramEnd>;
  /** How it ended; null while it runs. */
  end(): ProgramEnd | null;
  /** Signals the program only, not its children. No error when it is gone. */
  signal(name: NodeJS.Signals): void;
}

/** Where a daemon's stdout and stderr go: appended to a file, made with `mode`; or to our terminal. */
export type DaemonOutput = 'terminal' | { readonly logFile: string; readonly mode: number };

/**
 * Starts a daemon. With a log file it does not keep our process alive; on our terminal it does. A failed start is an
 * end with `error`; rejects only when the log file cannot be opened.
 */
export async function startDaemon(spec: ProgramSpec, output: DaemonOutput): Promise<Daemon> {
  const log = output === 'terminal' ? null : await open(output.logFile, 'a', output.mode);
  try {
    const to = log === null ? 'inherit' : log.fd;
    const child = spawnChild(spec, { stdio: ['ignore', to, to], detached: true });
    if (log !== null) child.unref();
    let end: ProgramEnd | null = null;
    const ended = endOf(child, 'exit').then((how) => (end = how));
    return { pid: child.pid ?? null, ended, end: () => end, signal: (name) => void child.kill(name) };
  } finally {
    await log?.close();
  }
}
