import { HiveError } from '../../../protocol/errors.ts';
import { runOnTerminal as runHere } from '../../../system/process/run-on-terminal.ts';
import { runProgram as run } from '../../../system/process/run-program.ts';
import { type Daemon, type DaemonOutput, startDaemon as start } from '../../../system/process/start-daemon.ts';

/** A program that hivectl runs: arguments as an array, the environment complete. */
export interface ProgramRun {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly cwd?: string;
}

const KEPT_BYTES = 16 * 1024;
const GRACE_MS = 5_000;

/**
 * Runs a program to its end; `output` is the end (16 KiB) of its output. An abort ends its whole process group and
 * throws `interrupted`; a missing program throws `setup_failed`.
 */
export async function runProgram(program: string, options: ProgramRun): Promise<{ code: number; output: string }> {
  const { args, env, cwd, signal } = options;
  if (signal.aborted) throw new HiveError('interrupted');
  const { error, code, stdout } = await run(
    { argv: [program, ...args], env, cwd: cwd ?? '.' },
    {
      signal,
      graceMs: GRACE_MS,
      keep: { side: 'end', maxBytes: KEPT_BYTES },
      stderr: 'merged',
      // A package's installation may start services.
      leftovers: 'kept',
    },
  );
  if (error !== null)
    throw new HiveError('setup_failed', `${program} could not be run: ${error.message}.`, { cause: error });
  if (signal.aborted) throw new HiveError('interrupted');
  return { code: code ?? 1, output: stdout };
}

/**
 * Runs a program on our own terminal (git for `hivectl forge git`) and returns its exit code, 130 when a signal ended
 * it. Throws `invalid_input` for a missing program.
 */
export async function runOnTerminal(program: string, options: ProgramRun): Promise<number> {
  const { args, env, cwd, signal } = options;
  const { error, code } = await runHere({ argv: [program, ...args], env, cwd: cwd ?? '.' }, signal);
  if (error !== null)
    throw new HiveError('invalid_input', `${program} could not be run: ${error.message}.`, { cause: error });
  return code ?? 130;
}

/**
 * Starts a program that outlives us (hived, dockerd) with a log file, or one on our terminal whose signals we forward
 * ourselves. Throws `setup_failed` when it cannot be started.
 */
export async function startDaemon(
  argv: readonly [string, ...string[]],
  options: { env: Readonly<Record<string, string>>; logFile: string | null },
): Promise<Daemon & { pid: number }> {
  const output: DaemonOutput = options.logFile === null ? 'terminal' : { logFile: options.logFile, mode: 0o600 };
  const daemon = await start({ argv, env: options.env }, output);
  if (daemon.pid !== null) return { ...daemon, pid: daemon.pid };
  const { error } = await daemon.ended;
  throw new HiveError('setup_failed', `${argv[0]} could not be run: ${error?.message ?? 'no reason is known'}.`, {
    cause: error,
  });
}
