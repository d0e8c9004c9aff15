import type { DemoMessage, DemoPart } from '../../demo/respond.ts';
import { cutDeltas, idOf } from '../../demo/write-pieces.ts';
import type { DemoContext } from '../protocol.ts';
import { findCallable } from './read-demo.ts';

/** The answer as one JSON object. */
export function writeResponse(answer: DemoMessage, context: DemoContext): unknown {
  return endOf(answer, context);
}

/** The answer as server-sent events, in the order of OpenAI's streaming API. */
export function* writeEvents(answer: DemoMessage, context: DemoContext): Generator<string> {
  let sequence_number = 0;
  const event = (type: string, rest: object) =>
    `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence_number++, ...rest })}\n\n`;
  const begun = { ...opening(context), status: 'in_progress' };
  yield event('response.created', { response: begun });
  yield event('response.in_progress', { response: begun });
  for (const [output_index, part] of answer.parts.entries()) {
    const item = itemOf(part, { context, index: output_index });
    const at = { output_index, item_id: item.id };
    yield event('response.output_item.added', { output_index, item: emptied(item) });
    yield* item.type === 'message' ? writeText(item, at, event) : writeCall(item, at, event);
    yield event('response.output_item.done', { output_index, item });
  }
  const response = endOf(answer, context);
  yield event(`response.${response.status}`, { response });
}

type Event = (type: string, rest: object) => string;
interface At {
  readonly output_index: number;
  readonly item_id: string;
}

function* writeText(item: MessageItem, at: At, event: Event): Generator<string> {
  const here = { ...at, content_index: 0 };
  const [part] = item.content;
  yield event('response.content_part.added', { ...here, part: { ...part, text: '' } });
  for (const delta of cutDeltas(part.text)) yield event('response.output_text.delta', { ...here, delta, logprobs: [] });
  yield event('response.output_text.done', { ...here, text: part.text, logprobs: [] });
  yield event('response.content_part.done', { ...here, part });
}

function* writeCall(item: CallItem, at: At, event: Event): Generator<string> {
  yield event('response.function_call_arguments.delta', { ...at, delta: item.arguments });
  yield event('response.function_call_arguments.done', { ...at, name: item.name, arguments: item.arguments });
}

interface MessageItem {
  readonly id: string;
  readonly type: 'message';
  readonly status: 'completed' | 'in_progress';
  readonly role: 'assistant';
  readonly content: readonly [{ readonly type: 'output_text'; readonly text: string; readonly annotations: [] }];
}

interface CallItem {
  readonly id: string;
  readonly type: 'function_call';
  readonly status: 'completed' | 'in_progress';
  readonly call_id: string;
  readonly name: string;
  readonly namespace?: string;
  readonly arguments: string;
}

function itemOf(part: DemoPart, { context, index }: { context: DemoContext; index: number }): MessageItem | CallItem {
  const id = `${idOf(context.seed)}_${index}`;
  if (part.type === 'text')
    return {
      id: `msg_demo_${id}`,
      type: 'message',
      status: 'completed',
      role: 'assistant',
      content: [{ type: 'output_text', text: part.text, annotations: [] }],
    };
  const { name, namespace } = findCallable(context.seed, part.tool);
  return {
    id: `fc_demo_${id}`,
    type: 'function_call',
    status: 'completed',
    call_id: `call_demo_${id}`,
    name,
    ...(namespace === null ? {} : { namespace }),
    arguments: JSON.stringify(part.input),
  };
}

/** An item at its beginning. */
function emptied(item: MessageItem | CallItem): unknown {
  return { ...item, status: 'in_progress', ...(item.type === 'message' ? { content: [] } : { arguments: '' }) };
}

function opening({ model, seed }: DemoContext) {
  return {
    id: `resp_demo_${idOf(seed)}`,
    object: 'response',
    created_at: 0,
    error: null as null,
    incomplete_details: null as { reason: string } | null,
    model,
    output: [] as unknown[],
    parallel_tool_calls: true,
    service_tier: 'default',
    usage: null as unknown,
  };
}

function endOf(answer: DemoMessage, context: DemoContext) {
  const cut = answer.stop === 'length';
  const { inputTokens } = context;
  return {
    ...opening(context),
    status: cut ? ('incomplete' as const) : ('completed' as const),
    incomplete_details: cut ? { reason: 'max_output_tokens' } : null,
    output: answer.parts.map((part, index) => itemOf(part, { context, index })),
    usage: {
      input_tokens: inputTokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: answer.outputTokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: inputTokens + answer.outputTokens,
    },
  };
}
