import * as z from 'zod';
import type { Meter } from '../protocol.ts';
import { createStreamMeter, type StreamCount, type StreamEvent } from '../stream-meter.ts';
import { EMPTY_TALLY, type Tally } from '../tally.ts';
import { createWholeMeter } from '../tap.ts';
import type { UsageOptions } from '../openai/usage.ts';
import { addItem, NO_COSTS, outputItem, readUsage, response } from './usage.ts';
import { parseJson } from '../../../../system/text/parse-json.ts';

/** Counts by the answer's content type: server-sent events, or one JSON object. */
export function createMeter(contentType: string, options: UsageOptions): Meter {
  return contentType.startsWith('text/event-stream')
    ? createStreamMeter(eventTaker(options))
    : createWholeMeter((said) => readWhole(said, options));
}

const typed = z.object({ type: z.string() });
const delta = z.object({ delta: z.string() });
const withResponse = z.object({ response });
const withItem = z.object({ item: outputItem });

/** The events that carry output as text. Encrypted reasoning has no text. */
const DELTAS =
  /^response\.(?:output_text|refusal|reasoning_text|reasoning_summary_text|function_call_arguments|custom_tool_call_input|mcp_call_arguments|code_interpreter_call_code)\.delta$/;
/** The last events of a response, whose response has the usage. */
const LAST = /^response\.(?:completed|incomplete|failed)$/;

/** The data of every event contains its type; its `event:` line repeats it and may be absent. */
function eventTaker(options: UsageOptions) {
  let seen = NO_COSTS;
  return (count: StreamCount, { data }: StreamEvent): StreamCount => {
    const json = parseJson(data);
    const item = typed.safeParse(json).data?.type === ITEM_DONE ? withItem.safeParse(json).data?.item : undefined;
    if (item !== undefined) seen = addItem(seen, item);
    return takeEvent(count, { data, json, read: (body) => readEnd(body, { ...options, seen }) });
  };
}

const ITEM_DONE = 'response.output_item.done';

function takeEvent(
  count: StreamCount,
  { data, json, read }: StreamEvent & { json: unknown; read: (json: unknown) => Tally | null },
): StreamCount {
  const type = typed.safeParse(json).data?.type;
  // Some compatible providers end with the sentinel of the Chat Completions API.
  if (type === undefined) return data === '[DONE]' ? count : { ...count, unread: true };
  if (type === 'error') return { ...count, end: 'error' };
  if (DELTAS.test(type)) {
    const text = delta.safeParse(json).data?.delta;
    return text === undefined ? { ...count, unread: true } : { ...count, chars: count.chars + text.length };
  }
  if (type === 'response.created') {
    const model = withResponse.safeParse(json).data?.response.model ?? null;
    return { ...count, tally: { ...count.tally, model } };
  }
  if (!LAST.test(type)) return count;
  const tally = read(json);
  const end = type === 'response.failed' ? ('error' as const) : ('complete' as const);
  return tally === null ? { ...count, end } : { ...count, end, tally, counted: true };
}

function readEnd(json: unknown, options: Parameters<typeof readUsage>[1]): Tally | null {
  const read = withResponse.safeParse(json);
  return read.success ? readUsage(read.data.response, options) : null;
}

const wholeResponse = response.extend({ object: z.literal('response') });
const failed = z.object({ error: z.unknown().refine((error) => error != null) });

function readWhole(said: unknown, options: UsageOptions): Tally | null {
  const read = wholeResponse.safeParse(said);
  if (!read.success) return failed.safeParse(said).success ? EMPTY_TALLY : null;
  const { status, model } = read.data;
  // A response that runs in the background has no usage yet, and is never seen again: it is not counted as free.
  return readUsage(read.data, options) ?? (status === 'failed' ? { ...EMPTY_TALLY, model: model ?? null } : null);
}
