import * as z from 'zod';
import { agentName, epochMs, uuid } from '../names.ts';

/** `shell`: a plain shell in the agent's box. `session`: the agent's conversation in its CLI's own terminal interface. */
export const terminalKind = z.enum(['shell', 'session']);
export type TerminalKind = z.infer<typeof terminalKind>;

export const terminalCols = z.int().min(2).max(1_000);
export const terminalRows = z.int().min(2).max(1_000);

/** An open terminal in a box. */
export const terminalView = z.strictObject({
  id: uuid,
  agent: agentName,
  kind: terminalKind,
  /** The program through which it was opened: `hivectl` or `dashboard`. */
  by: z.string(),
  openedAt: epochMs,
  cols: z.int(),
  rows: z.int(),
  /** Whether its holder, who types, is connected now. */
  held: z.boolean(),
  /** Others who follow it. */
  watchers: z.int(),
});
export type TerminalView = z.infer<typeof terminalView>;

/** Why a terminal ended. */
export const terminalEnd = z.enum([
  /** Its program ended by itself, or its box did. */
  'exited',
  /** The operator closed it. */
  'closed',
  /** Its holder was away for longer than the grace period. */
  'abandoned',
  /** Nobody typed for too long. */
  'idle',
  /** The agent was destroyed. */
  'agent_gone',
  /** hived stopped. */
  'hive_stopped',
]);
export type TerminalEnd = z.infer<typeof terminalEnd>;

/** A piece of a terminal's output. */
export const terminalOutput = z.strictObject({
  /** Resume after this one, as Last-Event-ID or `after`. */
  seq: z.int().nonnegative(),
  text: z.string(),
  /** What was shown before is not continued: clear the screen first. */
  reset: z.literal(true).optional(),
  /** The size of the terminal from here on. */
  size: z.strictObject({ cols: z.int(), rows: z.int() }).optional(),
  /** The terminal ended; nothing follows. */
  end: z.strictObject({ why: terminalEnd, exitCode: z.int().nullable() }).optional(),
});
export type TerminalOutput = z.infer<typeof terminalOutput>;
