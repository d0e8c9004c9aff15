import * as z from 'zod';
import { rowId } from '../names.ts';

const turn = rowId;
const text = z.string();
const count = z.int().nonnegative();
/** The tool call that it belongs to, by its ID in the turn; null where the CLI names none. */
const call = text.nullable();

export const TODO_STATES = ['pending', 'in_progress', 'done', 'dropped'] as const;
export type TodoState = (typeof TODO_STATES)[number];
export const FILE_CHANGES = ['added', 'changed', 'deleted', 'moved'] as const;
export type FileChangeKind = (typeof FILE_CHANGES)[number];

/**
 * What a turn does beside its texts and tool calls, the same for all drivers. A driver reports what its CLI's own output
 * says, and guesses nothing.
 */
export const WORK_EVENT_DATA = {
  /**
   * A tool changed a file. `diff` has the hunks of a unified diff, without the lines that name the files; it is empty
   * where the CLI does not say what changed. Counts of lines are null then, and where the texts were too long to compare.
   */
  'turn.file_change': z.object({
    turn,
    id: call,
    path: text,
    change: z.enum(FILE_CHANGES),
    movedTo: text.nullable(),
    added: count.nullable(),
    removed: count.nullable(),
    diff: text,
    truncated: z.boolean(),
  }),
  /** The agent's list of what it is about to do, whole, after each change. */
  'turn.todos': z.object({
    turn,
    id: call,
    items: z.array(z.object({ text, state: z.enum(TODO_STATES) })),
    truncated: z.boolean(),
  }),
  /** A plan in words. */
  'turn.plan': z.object({ turn, text, truncated: z.boolean() }),
  /** The CLI replaced the conversation by a summary of it. Sizes are in tokens. */
  'turn.compaction': z.object({
    turn,
    by: z.enum(['cli', 'request']).nullable(),
    tokensBefore: count.nullable(),
    tokensAfter: count.nullable(),
  }),
  /** An agent of the CLI's own, which works for this one within the turn: it is no agent of the hive. */
  'turn.subagent': z.object({
    turn,
    id: call,
    step: z.enum(['started', 'done', 'failed']),
    name: text,
    about: text,
    durationMs: count.nullable(),
  }),
  /** The model was shown a picture. Its size is in bytes; the picture itself is not stored. */
  'turn.image': z.object({
    turn,
    id: call,
    path: text.nullable(),
    mediaType: text.nullable(),
    bytes: count.nullable(),
  }),
  /** The CLI reported an error as a part of the conversation. */
  'turn.error': z.object({ turn, text, truncated: z.boolean() }),
} as const satisfies Record<string, z.ZodType>;

export const WORK_EVENT_KINDS = [
  'turn.file_change',
  'turn.todos',
  'turn.plan',
  'turn.compaction',
  'turn.subagent',
  'turn.image',
  'turn.error',
] as const satisfies (keyof typeof WORK_EVENT_DATA)[];
