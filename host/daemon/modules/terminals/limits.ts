import type { Config } from '../../config/schema.ts';

/** Limits of terminals. Times are in milliseconds. */
export interface TerminalLimits {
  /** Terminals that are open at once: in one agent's box, and in the hive. */
  readonly perAgent: number;
  readonly inAll: number;
  /** A terminal into which nobody types for this long is closed. */
  readonly idleMs: number;
  /** A terminal whose holder is away for this long is closed. */
  readonly graceMs: number;
}

export function terminalLimits({ terminals }: Config): TerminalLimits {
  return {
    perAgent: terminals.per_agent,
    inAll: terminals.in_all,
    idleMs: terminals.idle_ms,
    graceMs: terminals.grace_ms,
  };
}

/** The output that is kept of a terminal, in characters: some thousand lines. */
export const KEPT_CHARS = 262_144;
/** The program is not read while its holder has this much still to read. */
export const MOST_BEHIND_CHARS = 131_072;
/** The most text in one piece of a stream. */
export const PART_CHARS = 65_536;
/** Output beyond this rate waits: nobody can read it, and hived's thread is for the whole hive. */
export const BYTES_PER_SLICE = 131_072;
export const SLICE_MS = 50;
/** Text that was typed and that the program has not read. */
export const MOST_UNREAD_CHARS = 131_072;
/** How long a call waits until the program reads what was typed. */
export const READ_PATIENCE_MS = 20_000;
