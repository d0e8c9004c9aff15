import * as z from 'zod';
import { parseJson } from '../../../system/text/parse-json.ts';

/** What the driver reads of a session's updates. They are another program's output: unknown fields are ignored. */
const content = z.object({
  type: z.string(),
  text: z.string().optional(),
  data: z.string().optional(),
  mimeType: z.string().optional(),
  uri: z.string().nullish(),
});
const toolContent = z.array(
  z.object({
    type: z.string(),
    content: content.optional(),
    path: z.string().optional(),
    oldText: z.string().nullish(),
    newText: z.string().optional(),
  }),
);
const toolFields = {
  toolCallId: z.string(),
  title: z.string().nullish(),
  status: z.string().nullish(),
  rawInput: z.unknown().optional(),
  rawOutput: z.unknown().optional(),
  content: toolContent.nullish().catch(null),
};
const sessionUpdate = z.discriminatedUnion('sessionUpdate', [
  z.object({ sessionUpdate: z.literal('agent_message_chunk'), content }),
  z.object({ sessionUpdate: z.literal('agent_thought_chunk'), content }),
  z.object({ sessionUpdate: z.literal('plan'), entries: z.array(z.unknown()) }),
  z.object({ sessionUpdate: z.literal('tool_call'), ...toolFields }),
  z.object({ sessionUpdate: z.literal('tool_call_update'), ...toolFields }),
]);
export type SessionUpdate = z.infer<typeof sessionUpdate>;
export type ToolUpdate = Extract<SessionUpdate, { toolCallId: string }>;

/** Updates that say nothing which the hive shows. */
const OTHERS: ReadonlySet<string> = new Set([
  'user_message_chunk',
  'available_commands_update',
  'current_mode_update',
  'config_option_update',
  'session_info_update',
  'usage_update',
  'notice',
  'compaction_update',
  'compaction_summary_chunk',
]);

const message = z.looseObject({
  jsonrpc: z.literal('2.0'),
  method: z.string().optional(),
  id: z.union([z.string(), z.number(), z.null()]).optional(),
  params: z.unknown().optional(),
});
export type Message = z.infer<typeof message>;
const notification = z.object({ update: z.looseObject({ sessionUpdate: z.string() }) });
const permission = z.object({ toolCall: z.object(toolFields) });

/** A line of the program. */
export interface AcpLine {
  /** What it says about the session; null: nothing which the hive shows. */
  readonly update: SessionUpdate | null;
  /** A request, an answer, or another notification; null for an update. */
  readonly message: Message | null;
}

/** Null: not a message of the protocol, or an update of an unknown kind. */
export function readAcpLine(text: string): AcpLine | null {
  const parsed = message.safeParse(parseJson(text));
  if (!parsed.success) return null;
  const { method, id, params } = parsed.data;
  if (method === undefined && id === undefined) return null;
  if (method === 'session/update') return readUpdate(params);
  // Some programs tell of a tool call by asking whether it may be made.
  const asked = method === 'session/request_permission' ? permission.safeParse(params).data : undefined;
  const update = asked === undefined ? null : { ...asked.toolCall, sessionUpdate: 'tool_call' as const };
  return { update, message: parsed.data };
}

function readUpdate(params: unknown): AcpLine | null {
  const told = notification.safeParse(params);
  if (!told.success) return null;
  const { data } = sessionUpdate.safeParse(told.data.update);
  if (data !== undefined) return { update: data, message: null };
  return OTHERS.has(told.data.update.sessionUpdate) ? { update: null, message: null } : null;
}
