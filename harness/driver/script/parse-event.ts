import * as z from 'zod';
import { FILE_CHANGES, TODO_STATES } from '../../../protocol/schemas/work-events.ts';

const count = z.int().nonnegative().default(0);

const id = z.string().nullable().default(null);
const size = z.number().nonnegative().nullable().default(null);

const result = z.looseObject({
  type: z.literal('result'),
  outcome: z.enum([
    'done',
    'failed',
    'rate_limited',
    'needs_login',
    'outage',
    'conversation_missing',
    'conversation_spent',
  ]),
  reason: z.string().optional(),
  text: z.string().optional(),
  /** When the limit ends, in epoch milliseconds. */
  resets_at: z.int().nonnegative().optional(),
});
export type ScriptResult = z.infer<typeof result>;

/** The events that a program may write, one JSON object per line. Further fields are ignored. */
const event = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text'), text: z.string() }),
  z.looseObject({ type: z.literal('thinking'), text: z.string() }),
  z.looseObject({ type: z.literal('tool_call'), id: z.string(), name: z.string().min(1), input: z.unknown() }),
  z.looseObject({
    type: z.literal('tool_result'),
    id: z.string(),
    ok: z.boolean().default(true),
    text: z.string().default(''),
  }),
  z.looseObject({
    type: z.literal('usage'),
    input_tokens: count,
    output_tokens: count,
    cache_read_tokens: count,
    cache_write_tokens: count,
    cost_usd: z.number().nonnegative().nullable().default(null),
  }),
  z.looseObject({
    type: z.literal('file_change'),
    id,
    path: z.string().min(1),
    change: z.enum(FILE_CHANGES).default('changed'),
    moved_to: z.string().nullable().default(null),
    diff: z.string().nullable().default(null),
  }),
  z.looseObject({
    type: z.literal('todos'),
    id,
    items: z.array(z.looseObject({ text: z.string(), state: z.enum(TODO_STATES).default('pending') })),
  }),
  z.looseObject({ type: z.literal('plan'), text: z.string() }),
  z.looseObject({ type: z.literal('compaction'), tokens_before: size, tokens_after: size }),
  z.looseObject({
    type: z.literal('subagent'),
    id,
    step: z.enum(['started', 'done', 'failed']),
    name: z.string().min(1),
    about: z.string().default(''),
  }),
  z.looseObject({
    type: z.literal('image'),
    id,
    path: z.string().nullable().default(null),
    media_type: z.string().nullable().default(null),
    bytes: size,
  }),
  z.looseObject({
    type: z.literal('retry'),
    attempt: z.int().positive(),
    delay_ms: z.number().nonnegative().default(0),
    status: z.int().nullable().default(null),
    error: z.string().default(''),
  }),
  z.looseObject({ type: z.literal('error'), text: z.string() }),
  z.looseObject({ type: z.literal('conversation'), id: z.string().min(1).max(128) }),
  result,
]);
export type ScriptEvent = z.infer<typeof event>;

/** Parses one line; null for an invalid event or one of an unknown type. */
export function parseScriptEvent(line: string): ScriptEvent | null {
  try {
    const parsed = event.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
