import { HiveError } from '../../protocol/errors.ts';
import { keepOutput } from '../../system/process/keep-output.ts';
import { runProgram } from '../../system/process/run-program.ts';
import type { ProgramSpec } from '../../system/process/spawn-child.ts';
import { type Program, startProgram, type StartOptions } from '../../system/process/start-program.ts';

/** A running git, as the leader of its own process group. */
export interface GitProcess extends Pick<Program, 'stdin' | 'stdout' | 'talk'> {
  readonly pid: number;
  /** Resolves when git's process group is gone and its output was read; never rejects. `stderr` is truncated. */
  readonly ended: Promise<{ code: number | null; stderr: string }>;
  /** SIGTERM to the whole group (git removes its quarantine), SIGKILL after the grace. */
  kill(): void;
}

/** `onStderr` hears all of git's messages: `ended` has only their beginning. */
export type StartGit = Pick<StartOptions, 'talks'> & { readonly onStderr?: (chunk: Buffer) => void };

/** How the forge runs git. */
export interface Git {
  /** Starts `git ...argv`. `env` is added to the scratch environment. With `talks`, its hooks can talk to us. */
  start(argv: readonly string[], env?: Readonly<Record<string, string>>, options?: StartGit): Promise<GitProcess>;
  /**
   * The same, but git starts only when a line arrives on stdin, and never if stdin ends before. `isModest`: it gets the
   * processor and the disk when nobody else wants them.
   */
  startHeld(argv: readonly string[], how?: { readonly isModest: boolean }): Promise<GitProcess>;
  /** Runs a short command to its end. Throws `internal` on a status other than 0, or on over 64 MiB of output. */
  run(argv: readonly string[], options?: RunGit): Promise<string>;
  /** The same for a command whose status is an answer; output beyond `maxBytes` is cut off and git ended. */
  ask(argv: readonly string[], options?: RunGit & { readonly maxBytes?: number }): Promise<GitAnswer>;
  /** Kills every running group. */
  killAll(): void;
}

export interface RunGit {
  /** Added to the scratch environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The complete input on stdin. */
  readonly input?: string;
  /** Ends git after this many milliseconds; then the call throws `service_unavailable`. */
  readonly limitMs?: number;
  /** Ends git. */
  readonly signal?: AbortSignal;
  /** As for startHeld. */
  readonly isModest?: boolean;
}

export interface GitAnswer {
  /** Null: git was ended. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly isCut: boolean;
}

/** Not every machine has these programs. */
const START_MODESTLY = `set -- git "$@"
if ionice -c 3 true 2>/dev/null; then set -- ionice -c 3 "$@"; fi
if nice -n 19 true 2>/dev/null; then set -- nice -n 19 "$@"; fi
exec "$@"`;

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const MAX_STDERR_BYTES = 4_000;

/** `path`: the PATH for finding git. `killGraceMs`: SIGTERM to SIGKILL. */
export function createGit(options: { path: string; killGraceMs: number }): Git {
  const { killGraceMs: graceMs } = options;
  /** The kill function of each running git. */
  const kills = new Set<() => void>();
  const scratch = {
    PATH: options.path,
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  };

  async function start(
    argv: ProgramSpec['argv'],
    env: Readonly<Record<string, string>> = {},
    { onStderr, ...options }: StartGit = {},
  ): Promise<GitProcess> {
    const program = startProgram({ argv, env: { ...scratch, ...env } }, options);
    const { pid, stdin, stdout, talk } = program;
    if (pid === null) throw notStarted((await program.ended).error);
    const stderr = keepOutput('start', MAX_STDERR_BYTES);
    program.stderr.on('data', stderr.add);
    if (onStderr !== undefined) program.stderr.on('data', onStderr);
    const git: GitProcess = {
      pid,
      stdin,
      stdout,
      talk,
      ended: program.ended.then(({ code }) => ({ code, stderr: stderr.text() })),
      kill: () => void program.end({ graceMs }),
    };
    kills.add(git.kill);
    void git.ended.then(() => kills.delete(git.kill));
    return git;
  }

  async function ask(
    argv: readonly string[],
    {
      env = {},
      maxBytes = MAX_OUTPUT_BYTES,
      isModest = false,
      signal,
      ...given
    }: RunGit & { readonly maxBytes?: number } = {},
  ): Promise<GitAnswer> {
    const killed = new AbortController();
    const kill = () => killed.abort();
    kills.add(kill);
    const { code, error, stdout, stderr, stopped } = await runProgram(
      {
        argv: isModest ? ['/bin/sh', '-c', START_MODESTLY, 'git', ...argv] : ['git', ...argv],
        env: { ...scratch, ...env },
      },
      {
        ...given,
        keep: { side: 'start', maxBytes },
        stopsWhenFull: true,
        graceMs,
        signal: signal === undefined ? killed.signal : AbortSignal.any([killed.signal, signal]),
      },
    );
    kills.delete(kill);
    if (error !== null) throw notStarted(error);
    if (stopped === 'late')
      throw new HiveError(
        'service_unavailable',
        'git took too long for this. It is too large, or the machine is busy.',
      );
    return { code, stdout, stderr, isCut: stopped === 'too_much_output' };
  }

  return {
    start: (argv, env, options) => start(['git', ...argv], env, options),
    // The arguments are in the command line while it waits, too, so that a search for the repository's git finds it.
    startHeld: (argv, { isModest } = { isModest: false }) =>
      start([
        '/bin/sh',
        '-c',
        isModest ? `read -r _ || exit\n${START_MODESTLY}` : 'read -r _ && exec git "$@"',
        'git',
        ...argv,
      ]),
    ask,
    async run(argv, options) {
      const { code, stdout, stderr } = await ask(argv, options);
      if (code !== 0) throw gitFailed(code, stderr);
      return stdout;
    },
    killAll: () => {
      for (const kill of kills) kill();
    },
  };
}

/** For a status that is no answer; the log has the reason. */
export function gitFailed(code: number | null, stderr: string): HiveError {
  return new HiveError('internal', undefined, { cause: new Error(`git ended with ${code}: ${stderr}`) });
}

function notStarted(cause: Error | null): HiveError {
  return new HiveError('service_unavailable', 'git could not be started on the host.', { cause });
}
