import * as z from 'zod';
import { agentName, epochMs, rowId } from '../names.ts';
import { turnOutcome } from './harness.ts';
import { sessionChoice } from './session.ts';

const count = z.int().nonnegative();

/** Tokens by kind. Writes to the cache are apart by how long it keeps them; `reasoningTokens` are part of the output. */
const tokens = {
  inputTokens: count,
  cacheReadTokens: count,
  cacheWrite5mTokens: count,
  cacheWrite1hTokens: count,
  outputTokens: count,
  reasoningTokens: count,
};

/** Calls to models, and their cost as far as it is known. */
const calls = { calls: count, unpricedCalls: count, costUsd: z.number().nonnegative() };

/**
 * Times in milliseconds: how long its oldest message waited for the turn, the turn's duration, and of that calls to
 * models (the sum of all) and tools (at least one ran).
 */
const times = { waitedMs: count, durationMs: count, modelMs: count };

/** The figures of one turn. */
export const turnStats = z.strictObject({
  turn: rowId,
  agent: agentName,
  driver: z.string(),
  startedAt: epochMs,
  messages: count,
  /** What was done with the conversation, and why. */
  choice: sessionChoice,
  reason: z.string(),
  sessionId: z.string().nullable(),
  endedAt: epochMs.nullable(),
  outcome: turnOutcome.or(z.literal('lost')).nullable(),
  ...times,
  toolsMs: count.nullable(),
  toolCalls: count,
  /** The conversation's size at the end, and the model's window; null where unknown. */
  contextTokens: count.nullable(),
  windowTokens: count.nullable(),
  /** Of the newest call. */
  provider: z.string().nullable(),
  model: z.string().nullable(),
  /** Who counted the tokens: the gateway, the CLI where the gateway saw no call, or nobody. */
  counted: z.enum(['none', 'cli', 'gateway']),
  ...calls,
  ...tokens,
});
export type TurnStats = z.infer<typeof turnStats>;

/** The sum of several turns. */
export const statsSum = z.strictObject({
  turns: count,
  done: count,
  fresh: count,
  compacted: count,
  messages: count,
  ...times,
  toolsMs: count,
  toolCalls: count,
  ...calls,
  ...tokens,
});
export type StatsSum = z.infer<typeof statsSum>;

/** The sum of no turns. */
export const NO_STATS = Object.freeze(
  Object.fromEntries(Object.keys(statsSum.shape).map((name) => [name, 0])),
) as Readonly<StatsSum>;

/** What turns can be summed by. Sums by day and by agent are kept for good, the others as long as single turns. */
export const statsGroup = z.enum(['day', 'agent', 'outcome', 'choice', 'model']);
export type StatsGroup = z.infer<typeof statsGroup>;
