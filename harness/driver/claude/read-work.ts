import * as z from 'zod';
import { compareTexts, type FileChange, joinHunks, wholeText } from '../file-change.ts';

const hunk = z.object({
  oldStart: z.number(),
  oldLines: z.number(),
  newStart: z.number(),
  newLines: z.number(),
  lines: z.array(z.string()),
});

/** The CLI's own record of what a file tool did, beside the text that the model gets. */
const fileResult = z.looseObject({
  filePath: z.string(),
  /** Null or absent for a file that was created. */
  originalFile: z.string().nullish(),
  content: z.string().optional(),
  structuredPatch: z.array(hunk),
});

/** The change in a tool's record; null when the tool changed no file. */
export function readFileChange(record: unknown): FileChange | null {
  const { data } = fileResult.safeParse(record);
  if (data === undefined) return null;
  const { filePath: path, originalFile, content, structuredPatch: hunks } = data;
  if (originalFile == null && hunks.length === 0 && content !== undefined)
    return { path, change: 'added', diff: wholeText(content, '+') };
  if (hunks.length > 0) return { path, change: 'changed', diff: joinHunks(hunks) };
  const isCompared = originalFile != null && content !== undefined;
  return { path, change: 'changed', diff: isCompared ? compareTexts(originalFile, content) : null };
}

/** A picture in a tool's result: the model was shown it. */
const picture = z.looseObject({
  type: z.literal('image'),
  source: z.looseObject({ media_type: z.string().optional(), data: z.string().optional() }),
});

/** The pictures in the content of a tool's result. */
export function readImages(content: unknown): { mediaType: string | null; bytes: number | null }[] {
  if (!Array.isArray(content)) return [];
  return content.flatMap((part) => {
    const { data } = picture.safeParse(part);
    if (data === undefined) return [];
    const { media_type: mediaType = null, data: base64 } = data.source;
    return [{ mediaType, bytes: base64 === undefined ? null : Buffer.byteLength(base64, 'base64') }];
  });
}

/** What the CLI says of its subagents. Other tasks of its own (commands in the background) have no type of agent. */
const started = z.looseObject({
  subtype: z.literal('task_started'),
  task_id: z.string(),
  tool_use_id: z.string().nullish(),
  subagent_type: z.string(),
  description: z.string().catch('').default(''),
});
const ended = z.looseObject({
  subtype: z.literal('task_notification'),
  task_id: z.string(),
  tool_use_id: z.string().nullish(),
  status: z.string(),
  summary: z.string().catch('').default(''),
  usage: z.looseObject({ duration_ms: z.number().optional() }).nullish().catch(null),
});

/** A subagent begins or ends. `task` is the CLI's ID of it. */
export interface SubagentLine {
  readonly task: string;
  readonly call: string | null;
  readonly step: 'started' | 'done' | 'failed';
  /** The type of agent; null at its end, which does not repeat it. */
  readonly name: string | null;
  readonly about: string;
  readonly durationMs: number | null;
}

export function readSubagent(json: unknown): SubagentLine | null {
  const begun = started.safeParse(json).data;
  if (begun !== undefined) {
    const { task_id: task, tool_use_id: call = null, subagent_type: name, description: about } = begun;
    return { task, call, step: 'started', name, about, durationMs: null };
  }
  const over = ended.safeParse(json).data;
  if (over === undefined) return null;
  const { task_id: task, tool_use_id: call = null, status, summary: about, usage } = over;
  const step = status === 'completed' ? 'done' : 'failed';
  return { task, call, step, name: null, about, durationMs: usage?.duration_ms ?? null };
}

const boundary = z.looseObject({
  compact_metadata: z
    .looseObject({
      trigger: z.string().optional(),
      pre_tokens: z.number().optional(),
      post_tokens: z.number().optional(),
    })
    .catch({})
    .default({}),
});

/** What the CLI says of a compaction. */
export function readCompaction(json: unknown): {
  by: 'cli' | 'request' | null;
  tokensBefore: number | null;
  tokensAfter: number | null;
} {
  const { trigger, pre_tokens: before, post_tokens: after } = boundary.parse(json).compact_metadata;
  const by = trigger === 'auto' ? 'cli' : trigger === 'manual' ? 'request' : null;
  return { by, tokensBefore: before ?? null, tokensAfter: after ?? null };
}
