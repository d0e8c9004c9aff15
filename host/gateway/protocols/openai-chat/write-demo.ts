import type { DemoMessage, DemoPart } from '../../demo/respond.ts';
import { cutDeltas, idOf } from '../../demo/write-pieces.ts';
import type { DemoContext } from '../protocol.ts';
import { wantsUsage } from './read-demo.ts';

const FINISH_REASONS = { said_all: 'stop', calls: 'tool_calls', length: 'length' } as const;

/** The answer as one JSON object. */
export function writeCompletion(answer: DemoMessage, context: DemoContext): unknown {
  const text = textOf(answer);
  const calls = callsOf(answer, context);
  const message = { role: 'assistant', content: text === '' ? null : text, refusal: null };
  return {
    ...opening(context, 'chat.completion'),
    choices: [
      {
        index: 0,
        message: calls.length === 0 ? message : { ...message, tool_calls: calls },
        logprobs: null,
        finish_reason: FINISH_REASONS[answer.stop],
      },
    ],
    usage: usageOf(context, answer.outputTokens),
  };
}

/** The answer as server-sent events, in the order of OpenAI's streaming API. */
export function* writeChunks(answer: DemoMessage, context: DemoContext): Generator<string> {
  const head = opening(context, 'chat.completion.chunk');
  const chunk = (delta: object, finish_reason: string | null = null) =>
    event({ ...head, choices: [{ index: 0, delta, logprobs: null, finish_reason }] });
  yield chunk({ role: 'assistant', content: '' });
  for (const content of cutDeltas(textOf(answer))) yield chunk({ content });
  for (const [index, call] of callsOf(answer, context).entries()) {
    yield chunk({ tool_calls: [{ ...call, index, function: { ...call.function, arguments: '' } }] });
    yield chunk({ tool_calls: [{ index, function: { arguments: call.function.arguments } }] });
  }
  yield chunk({}, FINISH_REASONS[answer.stop]);
  if (wantsUsage(context.seed)) yield event({ ...head, choices: [], usage: usageOf(context, answer.outputTokens) });
  yield 'data: [DONE]\n\n';
}

function textOf({ parts }: DemoMessage): string {
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

function callsOf({ parts }: DemoMessage, { seed }: DemoContext) {
  return parts
    .filter((part): part is Extract<DemoPart, { type: 'call' }> => part.type === 'call')
    .map(({ tool, input }, index) => ({
      id: `call_demo_${idOf(seed)}_${index}`,
      type: 'function' as const,
      function: { name: tool, arguments: JSON.stringify(input) },
    }));
}

function opening({ model, seed }: DemoContext, object: string) {
  return { id: `chatcmpl-demo-${idOf(seed)}`, object, created: 0, model, system_fingerprint: null };
}

function usageOf({ inputTokens }: DemoContext, outputTokens: number) {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  };
}

function event(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
