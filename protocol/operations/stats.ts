import * as z from 'zod';
import { agentName, queryInt } from '../names.ts';
import { op } from '../op.ts';
import { statsGroup, statsSum, turnStats } from '../schemas/stats.ts';

/** Ten years. */
const MOST_DAYS = 3_653;

const days = z.coerce
  .number<number | string>()
  .pipe(
    z
      .int()
      .min(1)
      .max(MOST_DAYS, { error: `at most ${MOST_DAYS} days` }),
  )
  .default(30);

/** What turns used, and how long they took. */
export const statsOperations = {
  sumTurnStats: op({
    name: 'sumTurnStats',
    audiences: ['operator'],
    method: 'GET',
    path: '/stats',
    summary: 'Sums of turns (tokens by kind, money, times, outcomes) of the last days, today included.',
    input: z.strictObject({
      /** Of this agent only; also one that is gone. */
      name: agentName.optional(),
      by: statsGroup.default('day'),
      days,
    }),
    output: z.strictObject({
      timeZone: z.string(),
      /** The dates of the days in that time zone, the oldest first. */
      days: z.array(z.string()),
      rows: z.array(statsSum.extend({ key: z.string() })),
      total: statsSum,
    }),
    errors: [],
  }),
  listTurnStats: op({
    name: 'listTurnStats',
    audiences: ['operator'],
    method: 'GET',
    path: '/stats/turns',
    summary: 'The figures of single turns, newest first.',
    input: z.strictObject({
      name: agentName.optional(),
      before: queryInt.optional(),
      limit: queryInt.default(50),
    }),
    output: z.strictObject({ turns: z.array(turnStats) }),
    errors: [],
  }),
} as const;
