import * as z from 'zod';
import type { Conversation, Message, Part } from '../../demo/conversation.ts';
import { estimateTokens } from '../../demo/respond.ts';
import type { Target } from '../protocol.ts';
import { readForDemo } from '../read-body.ts';
import { isStream, modelOf } from './routes.ts';

/**
 * The fields of a request that the demo model reads. Tolerant, since another program writes it: unknown fields and
 * parts pass.
 */
const part = z.looseObject({
  text: z.string().optional().catch(undefined),
  thought: z.boolean().optional().catch(undefined),
  functionCall: z.looseObject({ id: z.string().nullish(), name: z.string() }).optional().catch(undefined),
  functionResponse: z
    .looseObject({ id: z.string().nullish(), name: z.string(), response: z.record(z.string(), z.unknown()).nullish() })
    .optional()
    .catch(undefined),
});

const generateRequest = z.looseObject({
  contents: z.array(z.looseObject({ role: z.string().nullish(), parts: z.array(part).nullish() })).min(1),
  tools: z
    .array(z.looseObject({ functionDeclarations: z.array(z.looseObject({ name: z.string() })).nullish() }))
    .nullish(),
  generationConfig: z.looseObject({ maxOutputTokens: z.number().int().positive().nullish() }).nullish(),
});

export function readConversation(body: Buffer, target: Target): Conversation {
  const request = readForDemo(body, generateRequest);
  return {
    model: modelOf(target),
    messages: request.contents.map((content) => ({
      role: content.role === 'model' ? 'assistant' : 'user',
      parts: (content.parts ?? []).flatMap(readPart),
    })),
    tools: (request.tools ?? []).flatMap((tool) => (tool.functionDeclarations ?? []).map(({ name }) => name)),
    maxTokens: request.generationConfig?.maxOutputTokens ?? null,
    stream: isStream(target),
  };
}

/** Answers a request to count tokens, by the same estimate as the demo model's usage. */
export function countTokens(body: Buffer): unknown {
  readForDemo(body, z.looseObject({}));
  return { totalTokens: estimateTokens(body.length) };
}

function readPart(given: z.infer<typeof part>): Message['parts'] {
  if (given.functionCall !== undefined) {
    const { id, name } = given.functionCall;
    return [{ type: 'call', id: id ?? name, tool: name }];
  }
  if (given.functionResponse !== undefined) {
    const { id, name, response } = given.functionResponse;
    const { text, failed } = readResponse(response ?? {});
    return [{ type: 'result', call: id ?? name, text, failed }];
  }
  return given.text === undefined || given.thought === true ? [] : [{ type: 'text', text: given.text }];
}

/** By convention the result is in `output`, and an error in `error`; anything else is the result itself. */
function readResponse(response: Record<string, unknown>): Pick<Extract<Part, { type: 'result' }>, 'text' | 'failed'> {
  const failed = response['error'] !== undefined;
  const said = response['output'] ?? response['error'] ?? response;
  return { text: typeof said === 'string' ? said : JSON.stringify(said), failed };
}
