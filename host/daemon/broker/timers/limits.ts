import { HiveError } from '../../../../protocol/errors.ts';
import { OPERATOR } from '../../../../protocol/names.ts';
import type { Db } from '../../../../store/open-store.ts';
import { countTimers } from '../../store/timers.ts';
import { type Bucket, type RateRule, takeToken } from '../policy/rate.ts';

export interface TimerLimits {
  /** Reminders and schedules that one agent may have standing. */
  maxStanding: number;
  /** How fast an agent may set them; apart from the rate of its sends. */
  rate: RateRule;
}

/** What holds agents back; the operator is free. Rates are kept in memory: a restart gives a full burst again. */
export interface TimerGate {
  /** Takes one of an agent's rate. Throws `rate_exceeded` with `retryAfterMs`. */
  admit(owner: string): void;
  /** Throws `too_many_reminders`. To be asked in the transaction that adds one. */
  requireRoom(db: Db, owner: string): void;
  forget(owner: string): void;
}

export function createTimerGate(clock: () => number, limits: TimerLimits): TimerGate {
  const { maxStanding, rate } = limits;
  const buckets = new Map<string, Bucket>();
  return {
    admit(owner) {
      if (owner === OPERATOR) return;
      const taken = takeToken(buckets.get(owner) ?? null, rate, clock());
      buckets.set(owner, taken.bucket);
      if (taken.ok) return;
      const { retryAfterMs } = taken;
      throw new HiveError(
        'rate_exceeded',
        `You set more than ${rate.perMinute} reminders a minute. Wait ${Math.ceil(retryAfterMs / 1_000)} s, or change one that stands.`,
        { details: { retryAfterMs } },
      );
    },
    requireRoom(db, owner) {
      if (owner === OPERATOR || countTimers(db, owner) < maxStanding) return;
      throw new HiveError(
        'too_many_reminders',
        `You have ${maxStanding} reminders and schedules standing, which is the limit. Cancel one, or wait for one to fire.`,
      );
    },
    forget: (owner) => void buckets.delete(owner),
  };
}
