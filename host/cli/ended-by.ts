import { HiveError } from '../../protocol/errors.ts';

/** Exit codes of programs ended by a signal, in the shells' convention: 128 plus the signal's number. */
const EXITS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** The abort reason for a signal. */
export function interruptedBy(name: keyof typeof EXITS): HiveError {
  return new HiveError('interrupted', undefined, { details: { signal: name } });
}

/** The signal that caused an abort, and its exit code; null when nothing was aborted. */
export function endedBy(signal: AbortSignal): { name: string; exit: number } | null {
  if (!signal.aborted) return null;
  const { reason } = signal as { reason: unknown };
  const name = reason instanceof HiveError ? reason.details?.['signal'] : undefined;
  const known = name === 'SIGTERM' || name === 'SIGHUP' ? name : 'SIGINT';
  return { name: known, exit: EXITS[known] };
}
