import * as z from 'zod';
import type { Conversation, Message, Part } from '../../demo/conversation.ts';
import { readForDemo } from '../read-body.ts';

/**
 * The fields of a request that the demo model reads. Tolerant, since another program writes it: unknown fields pass,
 * and items and tools of unknown types are skipped.
 */
const content = z.union([
  z.string(),
  z
    .array(z.looseObject({ type: z.string(), text: z.string().optional().catch(undefined) }))
    .transform((parts) => parts.map(({ text }) => text ?? '').join('\n')),
]);

const item = z.looseObject({
  /** Absent in the short form of a message. */
  type: z.string().optional().catch(undefined),
  /** Of a message. */
  role: z.string().optional().catch(undefined),
  content: content.nullish().catch(null),
  /** Of a call of a function, and of its result. */
  call_id: z.string().optional().catch(undefined),
  name: z.string().optional().catch(undefined),
  namespace: z.string().nullish().catch(null),
  output: content.nullish().catch(null),
});
type Item = z.infer<typeof item>;

const named = z.looseObject({ type: z.string(), name: z.string().optional().catch(undefined) });
/** A function, or a namespace with the functions of one MCP server. */
const tool = named.extend({ tools: z.array(named).optional().catch(undefined) });

const responsesRequest = z.looseObject({
  model: z.string().min(1).max(200),
  input: z.union([z.string().min(1), z.array(item).min(1)]),
  tools: z.array(tool).nullish(),
  stream: z.boolean().nullish(),
  max_output_tokens: z.number().int().positive().nullish(),
});

/** A function that the model may call; `id` is its name for the demo model, unique in the request. */
interface Callable {
  readonly id: string;
  readonly name: string;
  readonly namespace: string | null;
}

export function readConversation(body: Buffer): Conversation {
  const request = readForDemo(body, responsesRequest);
  const { input } = request;
  const given: Message[] =
    typeof input === 'string' ? [{ role: 'user', parts: [{ type: 'text', text: input }] }] : input.flatMap(readItem);
  return {
    model: request.model,
    messages: joinTurns(given),
    tools: callablesOf(request.tools ?? []).map(({ id }) => id),
    maxTokens: request.max_output_tokens ?? null,
    stream: request.stream === true,
  };
}

/** The name and the namespace under which a request offers the function of this id. */
export function findCallable(body: Buffer, id: string): Pick<Callable, 'name' | 'namespace'> {
  const { tools } = readForDemo(body, responsesRequest);
  return callablesOf(tools ?? []).find((callable) => callable.id === id) ?? { name: id, namespace: null };
}

function callablesOf(tools: readonly z.infer<typeof tool>[]): Callable[] {
  return tools.flatMap((given) =>
    given.type === 'namespace'
      ? (given.tools ?? []).flatMap((one) => readFunction(one, given.name ?? null))
      : readFunction(given, null),
  );
}

function readFunction({ type, name }: z.infer<typeof named>, namespace: string | null): Callable[] {
  return type === 'function' && name !== undefined ? [{ id: idOf(name, namespace), name, namespace }] : [];
}

function idOf(name: string, namespace: string | null | undefined): string {
  return namespace == null ? name : `${namespace}__${name}`;
}

function readItem(given: Item): Message[] {
  const text = (said: Item['content']): Part[] => (said == null || said === '' ? [] : [{ type: 'text', text: said }]);
  switch (given.type ?? 'message') {
    case 'message': {
      const role = given.role === 'user' || given.role === 'assistant' ? given.role : 'other';
      return [{ role, parts: text(given.content) }];
    }
    case 'function_call': {
      const call: Part = { type: 'call', id: given.call_id ?? '', tool: idOf(given.name ?? '', given.namespace) };
      return [{ role: 'assistant', parts: [call] }];
    }
    case 'function_call_output': {
      // This protocol has no field for a failed call; only the tool's own text says so.
      const result: Part = { type: 'result', call: given.call_id ?? '', text: given.output ?? '', failed: false };
      return [{ role: 'user', parts: [result] }];
    }
    default:
      return [];
  }
}

/** The items of one answer stand in a row: they become one message. */
function joinTurns(messages: readonly Message[]): Message[] {
  const joined: Message[] = [];
  for (const message of messages) {
    const last = joined.at(-1);
    if (last?.role === 'assistant' && message.role === 'assistant')
      joined[joined.length - 1] = { role: 'assistant', parts: [...last.parts, ...message.parts] };
    else joined.push(message);
  }
  return joined;
}
