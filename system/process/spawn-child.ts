import { ChildProcess, spawn, type StdioOptions } from 'node:child_process';

/**
 * How a program is started. The only file that uses `node:child_process`; everything else in system/process/ and in
 * every zone goes through it.
 */
export interface ProgramSpec {
  /** The program (absolute, or found on `env.PATH`) and its arguments. No shell reads them. */
  readonly argv: readonly [string, ...string[]];
  /** The complete environment; nothing of the caller's own is added. */
  readonly env: Readonly<Record<string, string>>;
  /** User and group to run as, without supplementary groups; the caller's own when left out or null. */
  readonly uid?: number | null;
  readonly gid?: number | null;
  /** The working directory, entered with the caller's rights before the user changes. Default: `/`. */
  readonly cwd?: string;
}

/** How a program ended. `error` is set when it could not be started at all. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly error: Error | null;
}

/**
 * Starts a child process. Never throws: every failed start is reported by the event "error" of a child without a pid.
 * (Node throws when memory is short, and returns a child without pipes when file descriptors are.)
 */
export function spawnChild(spec: ProgramSpec, how: { stdio: StdioOptions; detached: boolean }): ChildProcess {
  const [command, ...args] = spec.argv;
  try {
    return spawn(command, args, {
      env: spec.env as NodeJS.ProcessEnv,
      cwd: spec.cwd ?? '/',
      detached: how.detached,
      stdio: how.stdio,
      ...(spec.uid == null ? {} : { uid: spec.uid }),
      ...(spec.gid == null ? {} : { gid: spec.gid }),
    });
  } catch (error) {
    const child = new ChildProcess();
    process.nextTick(() => child.emit('error', error));
    return child;
  }
}

/**
 * Fulfilled when the program has ended ("exit"), or has ended and its pipes are closed ("close"), or could not be
 * started. Never rejects.
 */
export function endOf(child: ChildProcess, event: 'exit' | 'close'): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    child.on('error', (error) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, error });
    });
    child.once(event, (code: number | null, signal: NodeJS.Signals | null) => resolve({ code, signal, error: null }));
  });
}
