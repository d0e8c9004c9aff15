import * as z from 'zod';
import { epochMs } from '../names.ts';

/**
 * Where a raw line came from: the start of a driver's program (its arguments as JSON), what the harness wrote to its
 * stdin, what it wrote to stdout and stderr, and its exit.
 */
export const rawKind = z.enum(['start', 'stdin', 'stdout', 'stderr', 'exit']);
export type RawKind = z.infer<typeof rawKind>;

/** The longest text of a raw line in UTF-16 code units; the rest is left out. */
export const MAX_RAW_CHARS = 64 * 1024;

/** One line between the harness and a driver's program, as it was but for masked secrets. */
export const rawLine = z.strictObject({
  /** Counts up in a turn; a gap means that lines between were not kept. */
  n: z.int().positive(),
  at: epochMs,
  kind: rawKind,
  text: z.string().max(MAX_RAW_CHARS),
  /** The end of the line is missing. */
  isCut: z.boolean(),
});
export type RawLine = z.infer<typeof rawLine>;

/** For how many days, and how many MiB, an agent's raw lines are kept; 0 days: none are. */
export const rawLimits = z.strictObject({ days: z.number().nonnegative(), mb: z.int().positive() });
export type RawLimits = z.infer<typeof rawLimits>;
/** For a hived of an older build, which sends none; config.yaml has the same. */
export const DEFAULT_RAW_LIMITS: RawLimits = { days: 3, mb: 32 };

/** The directory of raw lines in the harness's own: a turn's lines are in segments, one JSON object per line. */
export const RAW_DIR = 'raw';

/** The name of a turn's segment. Names sort by turn and segment. */
export function rawFileName(turn: number, segment: number): string {
  return `${String(turn).padStart(12, '0')}-${String(segment).padStart(6, '0')}.jsonl`;
}

/** Turn and segment of a file name; null for other files. */
export function readRawFileName(name: string): { turn: number; segment: number } | null {
  const [, turn, segment] = /^(\d{12})-(\d{6})\.jsonl$/.exec(name) ?? [];
  return turn === undefined ? null : { turn: Number(turn), segment: Number(segment) };
}
