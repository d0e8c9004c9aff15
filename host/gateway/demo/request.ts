import { z } from 'zod';

/**
 * A request to the Messages API, as far as the demo model reads it. Another program's output: what
 * it does not know passes, and blocks of unknown types are skipped.
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
export type Block = z.infer<typeof block>;

const content = z.union([z.string().transform((text): Block[] => [{ type: 'text', text }]), z.array(block)]);

const message = z.looseObject({ role: z.string(), content });
export type Message = z.infer<typeof message>;

export const messagesRequest = z.looseObject({
  model: z.string().min(1).max(200),
  messages: z.array(message).min(1),
  system: z.unknown().optional(),
  tools: z.array(z.looseObject({ name: z.string() })).nullish(),
  stream: z.boolean().nullish(),
  max_tokens: z.number().int().positive().nullish(),
});
export type MessagesRequest = z.infer<typeof messagesRequest>;

/** The text of a tool's result: a string, or blocks of which only text is read. */
export function textOfResult(result: Block): string {
  const parsed = content.safeParse(result.content);
  if (!parsed.success) return '';
  return parsed.data.map((part) => (part.type === 'text' ? (part.text ?? '') : '')).join('\n');
}
