import { HiveError } from '../../../../protocol/errors.ts';
import type { AgentMemory } from '../../core/agent-memory.ts';
import type { EventLog } from '../../core/event-log.ts';
import { createMeter } from '../../core/meter.ts';
import type { RateRule } from '../../core/rate.ts';

/** The least time between two `mailbox.full` events of one mailbox. */
const SAY_FULL_EVERY_MS = 10 * 60_000;

/**
 * The recipients of a group that cost as much as one more message: they are stored in one write, but wake
 * many agents.
 */
const GROUP_SHARE = 10;

/** Checks before the store: the send rate of each sender, and the event that reports a full mailbox. */
export interface Gate {
  /** Takes one message from the sender's rate budget. Throws `rate_exceeded` with `retryAfterMs`. */
  admit(sender: string): void;
  /** Charges the sender for the recipients of a group, beyond the one message that `admit` took. */
  charge(sender: string, recipients: number): void;
  /** Records a `mailbox.full` event if `refusal` is that error. */
  sayFull(refusal: unknown, sender: string): void;
}

export function createGate(deps: { events: EventLog; clock: () => number; memory: AgentMemory }, rate: RateRule): Gate {
  const meter = createMeter(deps, rate, {
    what: `write faster than ${rate.perMinute} messages`,
    instead: 'and put more into one message',
  });
  const saidFullAt = deps.memory.keep<number>('full mailbox told');
  return {
    admit: meter.take,
    charge(sender, recipients) {
      const extra = Math.floor((recipients - 1) / GROUP_SHARE);
      if (extra > 0) meter.charge(sender, extra);
    },
    sayFull(refusal, sender) {
      if (!(refusal instanceof HiveError) || refusal.code !== 'mailbox_full') return;
      const { mailbox, messages, bytes } = refusal.details ?? {};
      if (typeof mailbox !== 'string') return;
      const now = deps.clock();
      if (now - (saidFullAt.get(mailbox) ?? -Infinity) < SAY_FULL_EVERY_MS) return;
      saidFullAt.set(mailbox, now);
      const data = { mailbox, messages: Number(messages), bytes: Number(bytes), sender };
      // The sender got its refusal already; losing this event changes nothing for it.
      deps.events.record('mailbox.full', { data }).catch(() => saidFullAt.delete(mailbox));
    },
  };
}
