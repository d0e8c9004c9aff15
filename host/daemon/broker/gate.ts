import { HiveError } from '../../../protocol/errors.ts';
import type { AgentName } from '../../../protocol/names.ts';
import type { EventLog } from '../events/event-log.ts';
import { type Bucket, type RateRule, takeToken } from './policy/rate.ts';

/** A mailbox that stays full is said again no sooner than this. */
const SAY_FULL_EVERY_MS = 10 * 60_000;

/** So many recipients of a group cost as much as one message more: they are one write, but many wakes. */
const GROUP_SHARE = 10;

/**
 * What stands before the store: how fast each sender may write, and who hears that a mailbox is full. Kept in
 * memory: a restart gives every sender a full burst again, which harms nobody.
 */
export interface Gate {
  /** Takes one message of the sender's rate. Throws `rate_exceeded` with `retryAfterMs`. */
  admit(sender: string): void;
  /** A message went to so many: what a group costs beyond the one message it is. */
  charge(sender: string, recipients: number): void;
  /** Raises the event of a full mailbox, when that is what went wrong. */
  sayFull(refusal: unknown, sender: string): void;
  forget(name: AgentName): void;
}

export function createGate(deps: { events: EventLog; clock: () => number }, rate: RateRule): Gate {
  const buckets = new Map<string, Bucket>();
  const saidFullAt = new Map<string, number>();
  return {
    admit(sender) {
      const taken = takeToken(buckets.get(sender) ?? null, rate, deps.clock());
      buckets.set(sender, taken.bucket);
      if (taken.ok) return;
      const { retryAfterMs } = taken;
      throw new HiveError(
        'rate_exceeded',
        `You write faster than ${rate.perMinute} messages a minute. Wait ${Math.ceil(retryAfterMs / 1_000)} s, and put more into one message.`,
        { details: { retryAfterMs } },
      );
    },
    charge(sender, recipients) {
      const bucket = buckets.get(sender);
      const extra = Math.floor((recipients - 1) / GROUP_SHARE);
      if (bucket !== undefined && extra > 0) buckets.set(sender, { ...bucket, tokens: bucket.tokens - extra });
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
    forget(name) {
      buckets.delete(name);
      saidFullAt.delete(name);
    },
  };
}
