import type { DemoMessage, DemoPart } from '../../demo/respond.ts';
import { cutDeltas, idOf } from '../../demo/write-pieces.ts';
import type { DemoContext, Target } from '../protocol.ts';
import { wantsEvents } from './routes.ts';

const FINISH_REASONS = { said_all: 'STOP', calls: 'STOP', length: 'MAX_TOKENS' } as const;

/** The answer as one JSON object. */
export function writeAnswer(answer: DemoMessage, context: DemoContext): unknown {
  const parts = answer.parts.map((part, index) => partOf(part, { context, index }));
  return chunkOf(parts, { answer, context, isLast: true });
}

/** The answer as server-sent events, or as the elements of one JSON array. */
export function* writeChunks(answer: DemoMessage, context: DemoContext): Generator<string> {
  const chunks = chunksOf(answer, context);
  if (wantsEvents(context.target)) {
    for (const chunk of chunks) yield `data: ${JSON.stringify(chunk)}\r\n\r\n`;
    return;
  }
  let before = '[';
  for (const chunk of chunks) {
    yield `${before}${JSON.stringify(chunk)}`;
    before = ',\r\n';
  }
  yield ']';
}

export function streamType(target: Target): string {
  return wantsEvents(target) ? 'text/event-stream' : 'application/json; charset=UTF-8';
}

/** The list of models, which has only the demo model. */
export function listModels(): unknown {
  const supportedGenerationMethods = ['generateContent', 'countTokens'];
  return { models: [{ name: 'models/demo', displayName: 'Demo model', supportedGenerationMethods }] };
}

function* chunksOf(answer: DemoMessage, context: DemoContext): Generator {
  for (const [index, part] of answer.parts.entries()) {
    if (part.type === 'call') yield chunkOf([partOf(part, { context, index })], { answer, context, isLast: false });
    else for (const text of cutDeltas(part.text)) yield chunkOf([{ text }], { answer, context, isLast: false });
  }
  yield chunkOf([{ text: '' }], { answer, context, isLast: true });
}

function partOf(part: DemoPart, { context, index }: { context: DemoContext; index: number }): unknown {
  if (part.type === 'text') return { text: part.text };
  return { functionCall: { id: `call_demo_${idOf(context.seed)}_${index}`, name: part.tool, args: part.input } };
}

function chunkOf(
  parts: readonly unknown[],
  { answer, context, isLast }: { answer: DemoMessage; context: DemoContext; isLast: boolean },
) {
  const { inputTokens, model, seed } = context;
  const output = isLast ? { candidatesTokenCount: answer.outputTokens } : {};
  return {
    candidates: [
      {
        content: { role: 'model', parts },
        ...(isLast ? { finishReason: FINISH_REASONS[answer.stop] } : {}),
        index: 0,
      },
    ],
    usageMetadata: {
      promptTokenCount: inputTokens,
      ...output,
      totalTokenCount: inputTokens + (output.candidatesTokenCount ?? 0),
    },
    modelVersion: model,
    responseId: `demo_${idOf(seed)}`,
  };
}
