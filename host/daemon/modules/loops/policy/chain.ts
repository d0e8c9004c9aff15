import { backoffMs } from '../../../../../system/backoff.ts';
import type { TalkRules, TalkVerdict } from './talk.ts';

/**
 * A chain is what follows from one word from outside: the operator's message or schedule, turns about it, what those
 * send, turns about that, and so on, through any number of agents, groups, topics, and reminders to oneself. A message
 * carries how many turns lie between it and that word (`hops`), and how many of them since its senders last did other
 * work than writing (`idleHops`).
 *
 * The bounds are twice those of two agents' talk (policy/talk.ts), which is damped first; work does not count beyond
 * `maxHops`.
 */
export interface Place {
  hops: number;
  idleHops: number;
}

const DELAYS = { firstMs: 5_000, maxMs: 60_000 };
const NOUGHT: Place = { hops: 0, idleHops: 0 };

/** Where that stands which follows from a message: one hop further, unless the chain rested for `quietMs` before. */
export function goOnFrom(
  before: Place & { at: number },
  now: { at: number; workedAt: number },
  rules: Pick<TalkRules, 'quietMs'>,
): Place {
  if (now.at - before.at >= rules.quietMs) return { ...NOUGHT, hops: 1 };
  const hasWorked = now.workedAt > 0 && now.at - now.workedAt < rules.quietMs;
  return { hops: before.hops + 1, idleHops: hasWorked ? 0 : before.idleHops + 1 };
}

/** Whether a message that stands there goes at once, later, or not before the operator says so. */
export function judgeChain({ hops, idleHops }: Place, rules: TalkRules): TalkVerdict {
  if (hops >= rules.maxHops)
    return {
      kind: 'pause',
      why: `${hops} turns followed from one another since the last word from the operator; the operator was asked`,
    };
  const [slowHops, pauseHops] = [2 * rules.slowHops, 2 * rules.pauseHops];
  const said = `${idleHops} turns followed from one another without other work`;
  if (idleHops >= pauseHops) return { kind: 'pause', why: `${said}; the operator was asked` };
  if (idleHops < slowHops) return { kind: 'go' };
  const delayMs = backoffMs(idleHops - slowHops + 1, DELAYS, 0);
  return { kind: 'slow', delayMs, why: `${said}; this one waits ${delayMs / 1_000} s` };
}
