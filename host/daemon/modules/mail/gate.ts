import { HiveError } from '../../../../protocol/errors.ts';
import type { AgentMemory } from '../../core/agent-memory.ts';
import type { EventLog } from '../../core/event-log.ts';
import { createMeter } from '../../core/meter.ts';
import type { RateRule } from '../../core/rate.ts';

/** The least time between two `mailbox.full` events of one mailbox. */
const SAY_FULL_EVERY_MS = 10 * 60_000;

/** So many recipients of a group cost as much as one message more: they are one write, but many wakes. */
const GROUP_SHARE = 10;

/**
 * What stands before the store: how fast each sender may write, and who hears that a mailbox is full.
 */
export interface Gate {
  /** Takes one message of the sender's rate. Throws `rate_exceeded` with `retryAfterMs`. */
  admit(sender: string): void;
  /** A message went to so many: what a group costs beyond the one message it is. */
  charge(sender: string, recipients: number): void;
  /** Raises the event of a full mailbox, when that is what went wrong. */
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
      // The sender was refused already; an event that cannot be stored changes nothing for it.
      deps.events.record('mailbox.full', { data }).catch(() => saidFullAt.delete(mailbox));
    },
  };
}
