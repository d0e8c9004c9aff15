import { createHash } from 'node:crypto';
import type { DemoAnswer, DemoBlock } from './respond.ts';

type DemoMessage = Extract<DemoAnswer, { kind: 'message' }>;

/** What an answer is rendered with: the model's name as it was asked for, and a seed for its ids. */
export interface RenderContext {
  readonly model: string;
  /** The request's body; the same one gives the same ids, another one others. */
  readonly seed: Buffer;
  readonly inputTokens: number;
}

/** Characters in one delta of a stream. */
const DELTA_CHARS = 1_000;

/** The answer as one JSON message. */
export function renderMessage(answer: DemoMessage, context: RenderContext): unknown {
  const id = idOf(context.seed);
  return {
    ...opening(id, context),
    content: answer.blocks.map((block, index) => (block.type === 'text' ? block : { ...block, id: toolId(id, index) })),
    stop_reason: answer.stopReason,
    usage: usageOf(context, answer.outputTokens),
  };
}

/** The answer as server-sent events, in the order of Anthropic's streaming API. */
export function* renderStream(answer: DemoMessage, context: RenderContext): Generator<string> {
  const id = idOf(context.seed);
  yield event({ type: 'message_start', message: opening(id, context) });
  yield event({ type: 'ping' });
  for (const [index, block] of answer.blocks.entries()) {
    yield event({ type: 'content_block_start', index, content_block: emptyBlock(block, toolId(id, index)) });
    for (const delta of deltasOf(block)) yield event({ type: 'content_block_delta', index, delta });
    yield event({ type: 'content_block_stop', index });
  }
  yield event({
    type: 'message_delta',
    delta: { stop_reason: answer.stopReason, stop_sequence: null },
    usage: usageOf(context, answer.outputTokens),
  });
  yield event({ type: 'message_stop' });
}

function opening(id: string, context: RenderContext) {
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

function usageOf({ inputTokens }: RenderContext, outputTokens: number) {
  return {
    input_tokens: inputTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: outputTokens,
  };
}

function emptyBlock(block: DemoBlock, id: string): unknown {
  return block.type === 'text' ? { type: 'text', text: '' } : { type: 'tool_use', id, name: block.name, input: {} };
}

function* deltasOf(block: DemoBlock): Generator<object> {
  if (block.type === 'tool_use') yield { type: 'input_json_delta', partial_json: JSON.stringify(block.input) };
  else for (const text of pieces(block.text)) yield { type: 'text_delta', text };
}

/** Cut between characters, never inside one. */
function* pieces(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    let end = at + DELTA_CHARS;
    if (/[\uD800-\uDBFF]/.test(text[end - 1] ?? '')) end += 1;
    yield text.slice(at, end);
    at = end;
  }
}

function event(data: { readonly type: string; readonly [field: string]: unknown }): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}

function idOf(seed: Buffer): string {
  return createHash('sha256').update(seed).digest('hex').slice(0, 24);
}

function toolId(id: string, index: number): string {
  return `toolu_demo_${id}_${index}`;
}
