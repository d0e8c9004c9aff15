import * as z from 'zod';
import { epochMs, rowId } from '../names.ts';

/**
 * How a turn treats the agent's conversation: continues it, has the CLI summarise it first, begins a fresh one, or
 * continues a copy of it.
 */
export const sessionChoice = z.enum(['continue', 'compact', 'fresh', 'fork']);
export type SessionChoice = z.infer<typeof sessionChoice>;

/**
 * A conversation's ID, as its CLI made it: a UUID, `ses_…`, or any 1 to 128 printable characters of a program of the
 * operator's. It is printed and may name a file, so it has no control characters, invisible ones or line separators.
 */
export const sessionId = z
  .string()
  .max(128)
  .regex(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+$/u, 'a conversation ID is 1 to 128 printable characters');

/** What an agent needs at the start of a fresh conversation; the newest of each, with the number of all. */
export const handover = z.strictObject({
  threads: z.array(z.strictObject({ id: rowId, with: z.array(z.string()) })).max(10),
  /** Questions to the agent that it has not answered. */
  toAnswer: z.array(z.strictObject({ id: rowId, from: z.string() })).max(10),
  /** The agent's own questions that nobody has answered. */
  asked: z.array(z.strictObject({ id: rowId, of: z.string() })).max(10),
  reminders: z.array(z.strictObject({ id: rowId, dueAt: epochMs })).max(10),
});
export type Handover = z.infer<typeof handover>;

/** The conversation of an offered turn. */
export const sessionPlan = z.strictObject({
  choice: sessionChoice,
  /** The conversation to continue, compact or copy; null for a fresh one. */
  id: sessionId.nullable(),
  reason: z.string(),
  /** The last exchange that must be in its file; null where the driver reported none. */
  mark: z.string().nullable(),
  /** Ask the agent to write down what it must keep: a fresh conversation may come next. */
  askNotes: z.boolean(),
  /** Of a fresh conversation that follows another one. */
  handover: handover.nullable(),
});
export type SessionPlan = z.infer<typeof sessionPlan>;

/** A conversation of an agent, as far as the hive knows. */
export const sessionView = z.strictObject({
  id: sessionId,
  driver: z.string(),
  /** The one that the next turn continues, unless something else is decided. */
  isCurrent: z.boolean(),
  /** The conversation that it is a copy of. */
  copyOf: z.string().nullable(),
  firstAt: epochMs,
  lastAt: epochMs,
  turns: z.int().nonnegative(),
  contextTokens: z.int().nonnegative().nullable(),
  windowTokens: z.int().positive().nullable(),
  /** The size of its file; null where the driver cannot tell. */
  bytes: z.int().nonnegative().nullable(),
  /** The choice of its last turn, and why. */
  choice: sessionChoice.nullable(),
  reason: z.string().nullable(),
});
export type SessionView = z.infer<typeof sessionView>;
