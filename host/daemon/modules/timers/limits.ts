import { HiveError } from '../../../../protocol/errors.ts';
import { OPERATOR } from '../../../../protocol/names.ts';
import type { AgentMemory } from '../../core/agent-memory.ts';
import type { Db } from '../../../../store/open-store.ts';
import { countTimers } from './store/timers.ts';
import { createMeter } from '../../core/meter.ts';
import type { RateRule } from '../../core/rate.ts';

export interface TimerLimits {
  /** Maximum standing reminders and schedules of one agent. */
  maxStanding: number;
  /** How fast an agent may set them; separate from the rate of its sends. */
  rate: RateRule;
}

/** Limits of agents; they do not apply to the operator. */
export interface TimerGate {
  /** Takes one from the agent's rate budget. Throws `rate_exceeded` with `retryAfterMs`. */
  admit(owner: string): void;
  /** Throws `too_many_reminders`. Call it in the transaction that adds one. */
  requireRoom(db: Db, owner: string): void;
}

export function createTimerGate(deps: { clock: () => number; memory: AgentMemory }, limits: TimerLimits): TimerGate {
  const { maxStanding, rate } = limits;
  const meter = createMeter(deps, rate, {
    what: `set more than ${rate.perMinute} reminders`,
    instead: 'or change one that stands',
  });
  return {
    admit(owner) {
      if (owner !== OPERATOR) meter.take(owner);
    },
    requireRoom(db, owner) {
      if (owner === OPERATOR || countTimers(db, owner) < maxStanding) return;
      throw new HiveError(
        'too_many_reminders',
        `You have ${maxStanding} reminders and schedules standing, which is the limit. Cancel one, or wait for one to fire.`,
      );
    },
  };
}
