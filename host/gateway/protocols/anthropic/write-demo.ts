import type { DemoMessage, DemoPart } from '../../demo/respond.ts';
import { cutDeltas, idOf } from '../../demo/write-pieces.ts';
import type { DemoContext } from '../protocol.ts';

const STOP_REASONS = { said_all: 'end_turn', calls: 'tool_use', length: 'max_tokens' } as const;

/** The answer as one JSON message. */
export function writeMessage(answer: DemoMessage, context: DemoContext): unknown {
  const id = idOf(context.seed);
  return {
    ...opening(id, context),
    content: answer.parts.map((part, index) =>
      part.type === 'text' ? part : { type: 'tool_use', name: part.tool, input: part.input, id: toolId(id, index) },
    ),
    stop_reason: STOP_REASONS[answer.stop],
    usage: usageOf(context, answer.outputTokens),
  };
}

/** The answer as server-sent events, in the order of Anthropic's streaming API. */
export function* writeStream(answer: DemoMessage, context: DemoContext): Generator<string> {
  const id = idOf(context.seed);
  yield event({ type: 'message_start', message: opening(id, context) });
  yield event({ type: 'ping' });
  for (const [index, part] of answer.parts.entries()) {
    yield event({ type: 'content_block_start', index, content_block: emptyBlock(part, toolId(id, index)) });
    for (const delta of deltasOf(part)) yield event({ type: 'content_block_delta', index, delta });
    yield event({ type: 'content_block_stop', index });
  }
  yield event({
    type: 'message_delta',
    delta: { stop_reason: STOP_REASONS[answer.stop], stop_sequence: null },
    usage: usageOf(context, answer.outputTokens),
  });
  yield event({ type: 'message_stop' });
}

/** The list of models, which has only the demo model. */
export function listModels(): unknown {
  const demo = { type: 'model', id: 'demo', display_name: 'Demo model', created_at: '1970-01-01T00:00:00Z' };
  return { data: [demo], has_more: false, first_id: 'demo', last_id: 'demo' };
}

function opening(id: string, context: DemoContext) {
  return {
    id: `msg_demo_${id}`,
    type: 'message',
    role: 'assistant',
    model: context.model,
    content: [] as unknown[],
    stop_reason: null as string | null,
    stop_sequence: null,
    usage: usageOf(context, 1),
  };
}

function usageOf({ inputTokens }: DemoContext, outputTokens: number) {
  return {
    input_tokens: inputTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: outputTokens,
  };
}

function emptyBlock(part: DemoPart, id: string): unknown {
  return part.type === 'text' ? { type: 'text', text: '' } : { type: 'tool_use', id, name: part.tool, input: {} };
}

function* deltasOf(part: DemoPart): Generator<object> {
  if (part.type === 'call') yield { type: 'input_json_delta', partial_json: JSON.stringify(part.input) };
  else for (const text of cutDeltas(part.text)) yield { type: 'text_delta', text };
}

function event(data: { readonly type: string; readonly [field: string]: unknown }): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}

function toolId(id: string, index: number): string {
  return `toolu_demo_${id}_${index}`;
}
