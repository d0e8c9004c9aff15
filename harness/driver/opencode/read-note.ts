import * as z from 'zod';
import type { Note } from '../agent-protocol/dialect.ts';
import { NOTES } from './plugin.ts';

const refused = z.object({ status: z.int().min(400).max(599) });
const retry = z.object({ attempt: z.int().positive(), message: z.string(), next: z.number() });
const count = z.number().min(0);
/** `input` is without what was read from a cache, `output` without reasoning. `cost` is 0 when no price is known. */
const answered = z.object({
  tokens: z.object({
    input: count,
    output: count,
    reasoning: count.default(0),
    cache: z.object({ read: count, write: count }).default({ read: 0, write: 0 }),
  }),
  cost: count.default(0),
});

/** Reads a message of the plugin; null for any other, and for one that is not understood. */
export function readNote(method: string, params: unknown): Note | null {
  switch (method) {
    case NOTES.refused: {
      const { data } = refused.safeParse(params);
      return data === undefined ? null : { kind: 'refused', status: data.status };
    }
    case NOTES.retry: {
      const { data } = retry.safeParse(params);
      if (data === undefined) return null;
      return { kind: 'retry', attempt: data.attempt, at: data.next, error: data.message };
    }
    case NOTES.answered: {
      const { data } = answered.safeParse(params);
      if (data === undefined) return null;
      const { input, output, reasoning, cache } = data.tokens;
      const usage = {
        inputTokens: Math.round(input),
        outputTokens: Math.round(output + reasoning),
        cacheReadTokens: Math.round(cache.read),
        cacheWriteTokens: Math.round(cache.write),
        costUsd: data.cost > 0 ? data.cost : null,
      };
      return { kind: 'answered', usage };
    }
    default:
      return null;
  }
}
