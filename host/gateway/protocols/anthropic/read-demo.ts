import * as z from 'zod';
import type { Conversation, Message, Part } from '../../demo/conversation.ts';
import { estimateTokens } from '../../demo/respond.ts';
import { readForDemo } from '../read-body.ts';

/**
 * The fields of a request to the Messages API that the demo model reads. The schema is tolerant, since another program
 * writes it: unknown fields pass, and blocks of unknown types are skipped.
 */
const block = z.looseObject({
  type: z.string(),
  text: z.string().optional().catch(undefined),
  /** Of a tool_use. */
  id: z.string().optional().catch(undefined),
  name: z.string().optional().catch(undefined),
  /** Of a tool_result. */
  tool_use_id: z.string().optional().catch(undefined),
  content: z.unknown().optional(),
  is_error: z.boolean().optional().catch(undefined),
});
type Block = z.infer<typeof block>;

const content = z.union([z.string().transform((text): Block[] => [{ type: 'text', text }]), z.array(block)]);

const messagesRequest = z.looseObject({
  model: z.string().min(1).max(200),
  messages: z.array(z.looseObject({ role: z.string(), content })).min(1),
  tools: z.array(z.looseObject({ name: z.string() })).nullish(),
  stream: z.boolean().nullish(),
  max_tokens: z.number().int().positive().nullish(),
});

export function readConversation(body: Buffer): Conversation {
  const request = readForDemo(body, messagesRequest);
  return {
    model: request.model,
    messages: request.messages.map((message) => ({
      role: roleOf(message.role),
      parts: message.content.flatMap(partOf),
    })),
    tools: (request.tools ?? []).map((tool) => tool.name),
    maxTokens: request.max_tokens ?? null,
    stream: request.stream === true,
  };
}

/** Answers a count_tokens request, by the same estimate as the demo model's usage. */
export function countTokens(body: Buffer): unknown {
  readForDemo(body, messagesRequest);
  return { input_tokens: estimateTokens(body.length) };
}

function roleOf(role: string): Message['role'] {
  return role === 'user' || role === 'assistant' ? role : 'other';
}

function partOf(given: Block): Part[] {
  if (given.type === 'text') return [{ type: 'text', text: given.text ?? '' }];
  if (given.type === 'tool_use') return [{ type: 'call', id: given.id ?? '', tool: given.name ?? '' }];
  if (given.type !== 'tool_result') return [];
  const failed = given.is_error === true;
  return [{ type: 'result', call: given.tool_use_id ?? '', text: textOfResult(given), failed }];
}

/** The text of a tool's result: a string, or the text blocks of a list. */
function textOfResult(result: Block): string {
  const parsed = content.safeParse(result.content);
  if (!parsed.success) return '';
  return parsed.data.map((part) => (part.type === 'text' ? (part.text ?? '') : '')).join('\n');
}
