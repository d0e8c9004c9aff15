import type { Verdict } from '../driver.ts';
import { kindOfError } from '../kind-of-error.ts';

/** A program would wait idly for longer: the agent waits instead, and is seen to. */
const MAX_PAUSE_MS = 60_000;
/** How often a program may repeat a request by itself. */
const MAX_RETRIES = 3;

/** A request that a program repeats after a pause. */
export interface Retry {
  readonly attempt: number;
  /** When it is repeated (epoch ms). */
  readonly at: number;
  /** The HTTP status of the refusal, if one is known. */
  readonly status: number | null;
  readonly error: string;
}

/** The verdict of a turn that is not to wait for a retry; null: the program may go on. */
export function judgeRetry({ attempt, at, status, error }: Retry, now: number): Verdict | null {
  const isShort = at - now <= MAX_PAUSE_MS;
  if (isShort && attempt <= MAX_RETRIES) return null;
  switch (kindOfError(error, status)) {
    case 'rate_limit':
      return { kind: 'rate_limited', reason: `The provider's limit is reached: ${error}`, resetsAt: Math.round(at) };
    case 'login':
      return { kind: 'needs_login', reason: error };
    default:
      return { kind: 'outage', reason: `The model provider does not answer as it should: ${error}` };
  }
}
