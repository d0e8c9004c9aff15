import * as z from 'zod';
import { epochMs, uuid } from '../names.ts';
import { op } from '../op.ts';
import { sessionId } from '../schemas/session.ts';

/** The files of conversations, which only the harness can see. */
export const sessionFileOperations = {
  reportSessions: op({
    name: 'reportSessions',
    audiences: ['agent'],
    method: 'POST',
    path: '/harness/sessions',
    summary: "The files of the agent's conversations. The answer names those to delete, by age and size.",
    input: z.strictObject({
      bootId: uuid,
      sessions: z.array(z.strictObject({ id: sessionId, bytes: z.int().nonnegative(), at: epochMs })).max(500),
      /** There are no other files: conversations that are not listed are forgotten. Older builds do not say. */
      complete: z.boolean().default(false),
    }),
    output: z.strictObject({ remove: z.array(sessionId) }),
    cost: 100,
    repeatable: true,
    errors: ['stale_boot', 'storage_unavailable'],
  }),
} as const;
