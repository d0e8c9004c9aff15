import * as z from 'zod';
import { epochMs } from '../../../../../protocol/names.ts';
import { backoffMs } from '../../../../../system/backoff.ts';
import { cutText } from '../../../../../system/text/cut-text.ts';
import { isAlike } from './alike.ts';

/**
 * The talk of two agents, as stored for each pair, and how loops in it are damped:
 *
 *   going ──hops without work, the same words again──► slowed ──more of it──► paused ──resumeTalk──► going
 *     ▲                                                  │
 *     └────────── work, other words, a silence ──────────┘
 *
 * A hop is a message whose sender is not that of the one before. Nothing else is damped: mail in one
 * direction is no loop.
 */
export const talkSchema = z.strictObject({
  /** Since the exchange began. */
  hops: z.int().nonnegative(),
  /** Hops since one of the two last did other work than writing messages. */
  idleHops: z.int().nonnegative(),
  /** Consecutive hops whose text was nearly that of the same sender's previous message. */
  alike: z.int().nonnegative(),
  lastSender: z.string().nullable(),
  lastAt: epochMs,
  /** The newest `workedAt` already counted, so that no work counts twice. */
  lastWorkedSeen: epochMs,
  /** The last text of each side, truncated. */
  texts: z.record(z.string(), z.string()),
  paused: z.boolean(),
});
export type Talk = z.infer<typeof talkSchema>;

export interface Said {
  sender: string;
  recipient: string;
  body: string;
  at: number;
  /** When either agent last ended a turn that called other tools than those for messages; 0 if never. */
  workedAt: number;
}

/** Scores (idle hops, plus two for each similar hop) and hop counts from which a pair is damped. */
export interface TalkRules {
  slowHops: number;
  pauseHops: number;
  /** Maximum hops of one exchange, whatever work is done meanwhile. */
  maxHops: number;
  /** A silence this long resets the counts. */
  quietMs: number;
}

export type TalkVerdict =
  | { kind: 'go' }
  | { kind: 'slow'; delayMs: number; why: string }
  | { kind: 'pause'; why: string };

const GO: TalkVerdict = Object.freeze({ kind: 'go' });
const DELAYS = { firstMs: 5_000, maxMs: 60_000 };
const TEXT_LENGTH = 500;

/**
 * Counts one more message of a pair: returns the state to store, and whether the message goes at once, after
 * a delay, or not before the operator resumes the pair. `talk` is null when the two never wrote to each
 * other.
 */
export function hearTalk(talk: Talk | null, said: Said, rules: TalkRules): { talk: Talk; verdict: TalkVerdict } {
  if (talk?.paused)
    return {
      talk,
      verdict: { kind: 'pause', why: `the talk of ${describePair(said)} is paused until the operator lets it go on` },
    };
  if (talk === null || said.at - talk.lastAt >= rules.quietMs) return { talk: beginTalk(said), verdict: GO };

  const heard = countMessage(talk, said);
  if (talk.lastSender === null || talk.lastSender === said.sender) return { talk: heard, verdict: GO };
  const verdict = judge(heard, said, rules);
  return { talk: verdict.kind === 'pause' ? { ...heard, paused: true } : heard, verdict };
}

/** The operator resumes a paused pair: it is counted as if the exchange began now. */
export function resumeTalk(talk: Talk, at: number): Talk {
  return { ...talk, hops: 0, idleHops: 0, alike: 0, lastSender: null, lastAt: at, texts: {}, paused: false };
}

function beginTalk({ sender, body, at, workedAt }: Said): Talk {
  const texts = { [sender]: cutText(body, TEXT_LENGTH).text };
  return {
    hops: 0,
    idleHops: 0,
    alike: 0,
    lastSender: sender,
    lastAt: at,
    lastWorkedSeen: workedAt,
    texts,
    paused: false,
  };
}

function countMessage(talk: Talk, { sender, body, at, workedAt }: Said): Talk {
  const isHop = talk.lastSender !== null && talk.lastSender !== sender;
  const hasWorked = workedAt > talk.lastAt && workedAt > talk.lastWorkedSeen;
  const text = cutText(body, TEXT_LENGTH).text;
  return {
    hops: talk.hops + (isHop ? 1 : 0),
    idleHops: hasWorked ? 0 : talk.idleHops + (isHop ? 1 : 0),
    alike: isHop ? countAlike(talk, sender, text) : talk.alike,
    lastSender: sender,
    // No max() here: after the clock was set back, later work must still count as newer.
    lastAt: at,
    lastWorkedSeen: Math.max(talk.lastWorkedSeen, workedAt),
    texts: { ...talk.texts, [sender]: text },
    paused: false,
  };
}

function countAlike(talk: Talk, sender: string, text: string): number {
  // Own properties only: an agent may be called "constructor".
  const before = Object.hasOwn(talk.texts, sender) ? talk.texts[sender] : undefined;
  return before !== undefined && isAlike(before, text) ? talk.alike + 1 : 0;
}

function judge(talk: Talk, said: Said, rules: TalkRules): TalkVerdict {
  const score = talk.idleHops + 2 * talk.alike;
  if (talk.hops >= rules.maxHops) {
    const why = `${talk.hops} messages went to and fro between ${describePair(said)} with no rest; the operator was asked`;
    return { kind: 'pause', why };
  }
  if (score >= rules.pauseHops) return { kind: 'pause', why: `${describeLoop(talk, said)}; the operator was asked` };
  if (score < rules.slowHops) return GO;
  const delayMs = backoffMs(score - rules.slowHops + 1, DELAYS, 0);
  return { kind: 'slow', delayMs, why: `${describeLoop(talk, said)}; this one waits ${delayMs / 1_000} s` };
}

function describeLoop({ idleHops, alike }: Talk, said: Said): string {
  const pair = describePair(said);
  if (idleHops === 0) return `the last ${alike} messages between ${pair} said nearly the same as before`;
  const repeats = alike === 0 ? '' : `, the last ${alike} nearly the same as before`;
  return `${idleHops} messages went to and fro between ${pair} without other work${repeats}`;
}

function describePair({ sender, recipient }: Said): string {
  return `${sender} and ${recipient}`;
}
