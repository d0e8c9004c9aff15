import { setTimeout as delay } from 'node:timers/promises';
import { HiveError } from '../protocol/errors.ts';
import type { Op } from '../protocol/op.ts';

/**
 * The budget of one agent's calls, in the units of `Op.cost`. A harness and a model that calls tools continuously use
 * about 30 a second.
 */
export const CALL_ALLOWANCE = { burst: 5_000, perSecond: 200 } as const;
/** Calls beyond the allowance are delayed up to this long; calls that would wait longer are refused. */
const MOST_WAIT_MS = 10_000;

/** Stands before every operation of an agents' surface, whatever transport a call came by. */
export interface CallMeter<Caller> {
  /**
   * Charges a call's cost. Undefined admits it at once, a promise when it resolves. Throws `rate_exceeded` with
   * `retryAfterMs` when the caller's delayed calls would wait longer than 10 s.
   */
  admit(op: Pick<Op, 'cost'>, call: { caller: Caller; signal: AbortSignal }): Promise<void> | undefined;
}

export interface CallAccount {
  units: number;
  at: number;
}

/**
 * `steady`: milliseconds that never run backwards. Kept in `accounts`, which are the owner's to clear: without one a caller
 * has a full allowance, as everybody has after a restart.
 */
export function createCallMeter<Caller>(
  steady: () => number,
  accounts: Map<Caller, CallAccount> = new Map(),
): CallMeter<Caller> {
  const { burst, perSecond } = CALL_ALLOWANCE;

  return {
    admit({ cost = 1 }, call) {
      if (cost === 0) return undefined;
      const now = steady();
      const before = accounts.get(call.caller);
      const units =
        (before === undefined ? burst : Math.min(burst, before.units + ((now - before.at) * perSecond) / 1_000)) - cost;
      const waitMs = Math.ceil((-units * 1_000) / perSecond);
      if (waitMs > MOST_WAIT_MS) {
        const retryAfterMs = waitMs - MOST_WAIT_MS;
        throw new HiveError(
          'rate_exceeded',
          `You call the hive faster than it answers anybody. Wait ${Math.ceil(retryAfterMs / 1_000)} s.`,
          { details: { retryAfterMs } },
        );
      }
      accounts.set(call.caller, { units, at: now });
      return waitMs <= 0 ? undefined : holdBack(waitMs, call.signal);
    },
  };
}

async function holdBack(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch((cause: unknown) => {
    throw new HiveError('interrupted', 'The caller disconnected while the call waited for its turn.', { cause });
  });
}
