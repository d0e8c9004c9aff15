import * as z from 'zod';
import { agentName, epochMs, queryInt, rowId } from '../names.ts';
import { op } from '../op.ts';
import { EVENT_KINDS } from '../schemas/event.ts';

/** An event of a transcript that contains what was searched for, with the text around the first place. */
const transcriptHit = z.strictObject({
  seq: rowId,
  at: epochMs,
  kind: z.enum(EVENT_KINDS),
  turn: rowId.nullable(),
  excerpt: z.string(),
});

/** Finding places in an agent's transcript, however much of it a reader has. */
export const transcriptOperations = {
  searchTranscript: op({
    name: 'searchTranscript',
    audiences: ['operator'],
    method: 'GET',
    path: '/agents/:name/transcript/search',
    summary: "Search the texts of an agent's transcript, newest first, without regard to case.",
    input: z.strictObject({
      name: agentName,
      query: z.string().min(1).max(200),
      before: queryInt.optional(),
      limit: queryInt.default(50),
    }),
    output: z.strictObject({
      hits: z.array(transcriptHit),
      /** How far back the log was searched; pass it as `before` to continue. 0: to its beginning. */
      downTo: z.int(),
    }),
    errors: ['unknown_agent'],
  }),
  findInTranscript: op({
    name: 'findInTranscript',
    audiences: ['operator'],
    method: 'GET',
    path: '/agents/:name/transcript/place',
    summary: 'Where a turn begins in the log: by its number, or by a message that it was given.',
    input: z.strictObject({ name: agentName, turn: queryInt.optional(), message: queryInt.optional() }),
    output: z.strictObject({ seq: rowId, turn: rowId }),
    errors: ['unknown_agent', 'invalid_input', 'not_found'],
  }),
} as const;
