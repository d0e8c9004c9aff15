import * as z from 'zod';

/** The fields of the CLI's notifications that the harness reads. All others may change. */
const count = z.number().nonnegative().catch(0).default(0);
const totals = z.object({
  inputTokens: count,
  cachedInputTokens: count,
  cacheWriteInputTokens: count,
  outputTokens: count,
});
export type TokenTotals = z.infer<typeof totals>;

const id = { id: z.string() };
const part = z.looseObject({
  type: z.string().catch('unknown'),
  text: z.string().optional().catch(undefined),
  data: z.string().optional().catch(undefined),
  mimeType: z.string().optional().catch(undefined),
});
const texts = z.array(z.string()).catch([]).default([]);
const status = z.string().nullish();

/** A part of a turn: a text, a tool call with its result, and others. */
const item = z.union([
  z.object({ ...id, type: z.literal('userMessage'), clientId: z.string().nullish() }),
  z.object({ ...id, type: z.literal('agentMessage'), text: z.string() }),
  z.object({ ...id, type: z.literal('reasoning'), summary: texts, content: texts }),
  z.object({
    ...id,
    type: z.literal('commandExecution'),
    command: z.string(),
    cwd: z.string().nullish(),
    status,
    aggregatedOutput: z.string().nullish(),
    exitCode: z.number().nullish(),
  }),
  z.object({ ...id, type: z.literal('fileChange'), changes: z.array(z.unknown()), status }),
  z.object({
    ...id,
    type: z.literal('mcpToolCall'),
    server: z.string(),
    tool: z.string(),
    arguments: z.unknown().optional(),
    status,
    result: z.object({ content: z.array(part) }).nullish(),
    error: z.object({ message: z.string() }).nullish(),
  }),
  z.object({ ...id, type: z.literal('imageView'), path: z.string() }),
  z.object({ ...id, type: z.literal('plan'), text: z.string() }),
  z.object({ ...id, type: z.literal('contextCompaction') }),
  z.object({
    ...id,
    type: z.literal('subAgentActivity'),
    kind: z.string(),
    agentPath: z.string().catch('').default(''),
  }),
]);
export type Item = z.infer<typeof item>;
const KNOWN_ITEMS: ReadonlySet<string> = new Set(item.options.map((option) => option.shape.type.value));

const turnError = z.object({
  message: z.string(),
  codexErrorInfo: z.unknown().optional(),
  additionalDetails: z.string().nullish(),
});
export type TurnError = z.infer<typeof turnError>;

const window = z.object({ usedPercent: z.number(), resetsAt: z.number().nullish() }).nullish();
const inThread = { threadId: z.string() };
const inTurn = { ...inThread, turnId: z.string() };
const ofItem = z.object({ ...inTurn, item: z.looseObject({ type: z.string() }) });

const PARAMS = {
  'turn/started': z.object({ ...inThread, turn: z.object(id) }),
  'turn/completed': z.object({
    ...inThread,
    turn: z.object({ ...id, status: z.string(), error: turnError.nullish() }),
  }),
  'thread/tokenUsage/updated': z.object({ ...inTurn, tokenUsage: z.object({ total: totals, last: totals }) }),
  'account/rateLimits/updated': z.object({ rateLimits: z.object({ primary: window, secondary: window }) }),
  'turn/plan/updated': z.object({ ...inTurn, plan: z.array(z.unknown()) }),
  error: z.object({ ...inTurn, error: turnError, willRetry: z.boolean() }),
} as const;
type Params = { [Method in keyof typeof PARAMS]: { method: Method; params: z.infer<(typeof PARAMS)[Method]> } };

/** A notification that the harness reads; `other`: valid, and nothing that it reads. */
export type CodexEvent =
  | Params[keyof Params]
  | { method: 'item/started' | 'item/completed'; params: { threadId: string; turnId: string; item: Item } }
  | { method: 'other' };

/** Reads a notification; null when it is a known one of an unexpected shape. */
export function readEvent(method: string, params: unknown): CodexEvent | null {
  if (method === 'item/started' || method === 'item/completed') return readItem(method, params);
  if (!Object.hasOwn(PARAMS, method)) return { method: 'other' };
  const known = method as keyof typeof PARAMS;
  const parsed = PARAMS[known].safeParse(params);
  return parsed.success ? ({ method: known, params: parsed.data } as CodexEvent) : null;
}

function readItem(method: 'item/started' | 'item/completed', params: unknown): CodexEvent | null {
  const about = ofItem.safeParse(params);
  if (!about.success) return null;
  if (!KNOWN_ITEMS.has(about.data.item.type)) return { method: 'other' };
  const parsed = item.safeParse(about.data.item);
  return parsed.success ? { method, params: { ...about.data, item: parsed.data } } : null;
}

/**
 * The end of a tool call whose line was too long to be read, from the line's beginning: the turn goes on, so its tool
 * must count as ended. Null when the line began otherwise.
 */
export function readHugeItem(head: string): string | null {
  if (!/^\s*\{\s*"method"\s*:\s*"item\/completed"/.test(head)) return null;
  return /"id"\s*:\s*"([\w-]{1,200})"/.exec(head)?.[1] ?? null;
}
