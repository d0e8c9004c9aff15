import * as z from 'zod';
import { readCompaction, readSubagent, type SubagentLine } from './read-work.ts';

const block = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  thinking: z.string().optional(),
  id: z.string().optional(),
  name: z.string().optional(),
  input: z.unknown().optional(),
  tool_use_id: z.string().optional(),
  is_error: z.boolean().nullish(),
  content: z.unknown().optional(),
});
export type Block = z.infer<typeof block>;
const content = z.union([z.string().transform((text): Block[] => [{ type: 'text', text }]), z.array(block)]);
const count = z.number().nonnegative().catch(0).default(0);

const modelUsage = z.looseObject({
  inputTokens: count,
  outputTokens: count,
  cacheReadInputTokens: count,
  cacheCreationInputTokens: count,
  contextWindow: z.int().positive().nullish().catch(null),
});

/** The tokens of one request; the output's are those of its beginning. */
const requestUsage = z.looseObject({
  input_tokens: count,
  cache_read_input_tokens: count,
  cache_creation_input_tokens: count,
  output_tokens: count,
});

/** The fields of the CLI's lines that the harness reads. All others may change. */
const init = z.looseObject({
  type: z.literal('system'),
  subtype: z.literal('init'),
  session_id: z.string(),
  claude_code_version: z.string().optional(),
  mcp_servers: z
    .array(z.looseObject({ name: z.string(), status: z.string() }))
    .catch([])
    .default([]),
});
export type RequestUsage = z.infer<typeof requestUsage>;
const apiRetry = z.looseObject({
  type: z.literal('system'),
  subtype: z.literal('api_retry'),
  attempt: z.number(),
  retry_delay_ms: z.number(),
  error_status: z.number().nullish(),
  error: z.string().catch('unknown').default('unknown'),
});
const assistant = z.looseObject({
  type: z.literal('assistant'),
  message: z.looseObject({
    id: z.string().optional(),
    model: z.string().default(''),
    content,
    usage: requestUsage.nullish().catch(null),
  }),
  parent_tool_use_id: z.string().nullish(),
  uuid: z.string().nullish().catch(null),
  error: z.string().nullish().catch(null),
});
const user = z.looseObject({
  type: z.literal('user'),
  message: z.looseObject({ content }),
  uuid: z.string().optional(),
  isReplay: z.boolean().optional(),
  parent_tool_use_id: z.string().nullish().catch(null),
  /** The CLI's record of the tool's work, if the line has the result of one. */
  tool_use_result: z.unknown().optional(),
});
const rateLimit = z.looseObject({
  type: z.literal('rate_limit_event'),
  rate_limit_info: z.looseObject({ status: z.string(), resetsAt: z.number().nullish() }),
});
const result = z.looseObject({
  type: z.literal('result'),
  subtype: z.string(),
  is_error: z.boolean(),
  api_error_status: z.number().nullish(),
  result: z.string().nullish(),
  session_id: z.string().nullish(),
  total_cost_usd: z.number().nonnegative().nullish(),
  modelUsage: z.record(z.string(), modelUsage).catch({}).default({}),
  num_turns: z.number().nullish().catch(null),
  /** What the result answers, in CLIs that report it: a request of ours, or one that the CLI made by itself. */
  origin: z.looseObject({ kind: z.string() }).nullish().catch(null),
});
export type ResultLine = z.infer<typeof result>;

/** The CLI asks its host a question (may this tool run?) and waits for the answer. */
const controlRequest = z.looseObject({
  type: z.literal('control_request'),
  request_id: z.string(),
  request: z.looseObject({ subtype: z.string().catch('unknown').default('unknown') }),
});

/** A parsed line of the CLI's output; `other` is JSON of a kind that the harness ignores. */
export type ClaudeLine =
  | { kind: 'init'; line: z.infer<typeof init> }
  | { kind: 'retry'; line: z.infer<typeof apiRetry> }
  | { kind: 'assistant'; line: z.infer<typeof assistant> }
  | { kind: 'user'; line: z.infer<typeof user> }
  | { kind: 'rate_limit'; line: z.infer<typeof rateLimit> }
  | { kind: 'result'; line: ResultLine }
  | { kind: 'control_request'; line: z.infer<typeof controlRequest> }
  /** The CLI has replaced the conversation by a summary of it. */
  | { kind: 'compacted'; sizes: ReturnType<typeof readCompaction> }
  | { kind: 'subagent'; line: SubagentLine }
  | { kind: 'other' };

/** Parses one line; null when it is garbage, or a known kind with an unexpected shape. */
export function parseClaudeLine(text: string): ClaudeLine | null {
  const json = parseObject(text);
  if (json === null) return null;
  switch (json['type']) {
    case 'assistant':
      return known('assistant', assistant.safeParse(json));
    case 'user':
      return known('user', user.safeParse(json));
    case 'result':
      return known('result', result.safeParse(json));
    case 'control_request':
      return known('control_request', controlRequest.safeParse(json));
    case 'rate_limit_event':
      return known('rate_limit', rateLimit.safeParse(json));
    case 'system':
      if (json['subtype'] === 'init') return known('init', init.safeParse(json));
      if (json['subtype'] === 'api_retry') return known('retry', apiRetry.safeParse(json));
      if (json['subtype'] === 'compact_boundary') return { kind: 'compacted', sizes: readCompaction(json) };
      return readTask(json);
    default:
      return typeof json['type'] === 'string' ? { kind: 'other' } : null;
  }
}

/**
 * The result of a tool whose line was too long to be read, from the line's beginning: the turn goes on, so its tool
 * must count as ended. Null when the line began otherwise.
 */
export function readHugeResult(head: string): ClaudeLine | null {
  if (!/^\s*\{/.test(head) || !head.includes('"type":"user"') || !head.includes('"type":"tool_result"')) return null;
  const id = /"tool_use_id":"([\w-]{1,200})"/.exec(head)?.[1];
  if (id === undefined) return null;
  const block = { type: 'tool_result', tool_use_id: id, content: '(too large to show)' };
  return { kind: 'user', line: { type: 'user', message: { content: [block] } } };
}

function readTask(json: unknown): ClaudeLine {
  const line = readSubagent(json);
  return line === null ? { kind: 'other' } : { kind: 'subagent', line };
}

function known<K extends string, T>(kind: K, parsed: z.ZodSafeParseResult<T>): { kind: K; line: T } | null {
  return parsed.success ? { kind, line: parsed.data } : null;
}

const anyObject = z.record(z.string(), z.unknown());

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const parsed = anyObject.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
