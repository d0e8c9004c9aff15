import { HiveError } from '../../protocol/errors.ts';

/** The exit codes of programs that a signal ended, as shells count them: 128 and the signal's number. */
const EXITS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** The reason to abort with when a signal came. */
export function interruptedBy(name: keyof typeof EXITS): HiveError {
  return new HiveError('interrupted', undefined, { details: { signal: name } });
}

/** Which signal an abort came from, and the exit code that says so; null when nothing was aborted. */
export function endedBy(signal: AbortSignal): { name: string; exit: number } | null {
  if (!signal.aborted) return null;
  const { reason } = signal as { reason: unknown };
  const name = reason instanceof HiveError ? reason.details?.['signal'] : undefined;
  const known = name === 'SIGTERM' || name === 'SIGHUP' ? name : 'SIGINT';
  return { name: known, exit: EXITS[known] };
}
