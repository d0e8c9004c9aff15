import * as z from 'zod';
import type { Conversation, Message, Part } from '../../demo/conversation.ts';
import { readForDemo } from '../read-body.ts';

/**
 * The fields of a Chat Completions request that the demo model reads. Tolerant, since another program writes it:
 * unknown fields pass.
 */
const content = z.union([
  z.string(),
  z
    .array(z.looseObject({ type: z.string(), text: z.string().optional().catch(undefined) }))
    .transform((parts) => parts.map((part) => (part.type === 'text' ? (part.text ?? '') : '')).join('\n')),
]);

const message = z.looseObject({
  role: z.string(),
  content: content.nullish().transform((text) => text ?? ''),
  /** Of an assistant's message. */
  tool_calls: z
    .array(z.looseObject({ id: z.string(), function: z.looseObject({ name: z.string() }) }))
    .nullish()
    .catch(null),
  /** Of a tool's. */
  tool_call_id: z.string().nullish().catch(null),
});

const chatRequest = z.looseObject({
  model: z.string().min(1).max(200),
  messages: z.array(message).min(1),
  tools: z
    .array(
      z.looseObject({
        type: z.string(),
        function: z.looseObject({ name: z.string() }).nullish(),
      }),
    )
    .nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: z.number().int().positive().nullish(),
  max_completion_tokens: z.number().int().positive().nullish(),
});

export function readConversation(body: Buffer): Conversation {
  const request = readForDemo(body, chatRequest);
  return {
    model: request.model,
    messages: request.messages.map(readMessage),
    tools: (request.tools ?? []).flatMap((tool) => tool.function?.name ?? []),
    maxTokens: request.max_completion_tokens ?? request.max_tokens ?? null,
    stream: request.stream === true,
  };
}

/** Whether a streamed answer ends with a usage chunk. */
export function wantsUsage(body: Buffer): boolean {
  return readForDemo(body, chatRequest).stream_options?.include_usage === true;
}

function readMessage(given: z.output<typeof message>): Message {
  const text: Part[] = given.content === '' ? [] : [{ type: 'text', text: given.content }];
  switch (given.role) {
    case 'user':
      return { role: 'user', parts: text };
    case 'assistant': {
      const calls = (given.tool_calls ?? []).map((call): Part => ({
        type: 'call',
        id: call.id,
        tool: call.function.name,
      }));
      return { role: 'assistant', parts: [...text, ...calls] };
    }
    case 'tool':
      // This protocol has no field for a failed tool call; only the tool's own text says so.
      return {
        role: 'user',
        parts: [{ type: 'result', call: given.tool_call_id ?? '', text: given.content, failed: false }],
      };
    default:
      return { role: 'other', parts: text };
  }
}
