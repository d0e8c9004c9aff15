import { backoffMs } from '../../../../../system/backoff.ts';
import type { TalkRules, TalkVerdict } from './talk.ts';

/**
 * A chain is everything that follows from one message from outside: the operator's message or schedule, the
 * turns about it, the messages of those turns, the turns about these, and so on, through any number of
 * agents, groups, topics and reminders to oneself. Each message carries the number of turns between it and
 * the outside message (`hops`), and how many of them passed since its senders last did other work than
 * writing (`idleHops`).
 *
 * The limits are twice those of a pair (policy/talk.ts), which is damped first; work does not count beyond
 * `maxHops`.
 */
export interface Place {
  hops: number;
  idleHops: number;
}

const DELAYS = { firstMs: 5_000, maxMs: 60_000 };
const NOUGHT: Place = { hops: 0, idleHops: 0 };

/**
 * The place of a message that follows from another: one hop further, unless the chain was quiet for `quietMs`
 * before.
 */
export function goOnFrom(
  before: Place & { at: number },
  now: { at: number; workedAt: number },
  rules: Pick<TalkRules, 'quietMs'>,
): Place {
  if (now.at - before.at >= rules.quietMs) return { ...NOUGHT, hops: 1 };
  const hasWorked = now.workedAt > 0 && now.at - now.workedAt < rules.quietMs;
  return { hops: before.hops + 1, idleHops: hasWorked ? 0 : before.idleHops + 1 };
}

/**
 * Decides whether a message at this place goes at once, after a delay, or not before the operator decides.
 */
export function judgeChain({ hops, idleHops }: Place, rules: TalkRules): TalkVerdict {
  if (hops >= rules.maxHops)
    return {
      kind: 'pause',
      why: `${hops} turns followed from one another since the operator’s last message; the operator was asked`,
    };
  const [slowHops, pauseHops] = [2 * rules.slowHops, 2 * rules.pauseHops];
  const said = `${idleHops} turns followed from one another without other work`;
  if (idleHops >= pauseHops) return { kind: 'pause', why: `${said}; the operator was asked` };
  if (idleHops < slowHops) return { kind: 'go' };
  const delayMs = backoffMs(idleHops - slowHops + 1, DELAYS, 0);
  return { kind: 'slow', delayMs, why: `${said}; this one waits ${delayMs / 1_000} s` };
}
