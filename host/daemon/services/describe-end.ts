import { z } from 'zod';
import type { ProgramEnd } from '../../../system/process/spawn-child.ts';
import { shorten } from '../../../system/text/cut-text.ts';

const LAST_WORDS_CHARS = 300;
/** Signals that come from outside: what the service had logged before says nothing about them. */
const SENT_SIGNALS: ReadonlySet<string> = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP']);

/** How many of its newest lines must be at hand: Node prints an error's stack, then its own version. */
export const LAST_LINES = 40;

/** Log lines of system/log.ts. */
const jsonLogLine = z.looseObject({ msg: z.string(), err: z.looseObject({ message: z.string() }).optional() });

/**
 * Why a service ended, as one short sentence without its subject, for the operator: what hived did
 * to it, else the signal or exit code and what it had logged last (`lastLines`, the newest at the end).
 */
export function describeEnd(end: ProgramEnd & { killedFor: string | null; lastLines: readonly string[] }): string {
  if (end.error !== null) return `could not be started: ${end.error.message}`;
  if (end.killedFor !== null) return end.killedFor;
  if (end.signal !== null && SENT_SIGNALS.has(end.signal)) return `was ended by ${end.signal}`;
  const how = end.signal === null ? `exited with code ${end.code}` : `was ended by ${end.signal}`;
  const words = lastWords(end.lastLines);
  return words === null ? how : `${how}: ${words}`;
}

function lastWords(lines: readonly string[]): string | null {
  const spoken = lines.map((line) => line.trim()).filter((line) => line !== '');
  const last = spoken.at(-1);
  if (last === undefined) return null;
  const thrown = /^Node\.js v\d/.test(last)
    ? spoken.findLast((line) => /^(?:\w*Error|Uncaught)\b/.test(line))
    : undefined;
  const text = thrown ?? plainText(last);
  return shorten(text, LAST_WORDS_CHARS);
}

function plainText(line: string): string {
  if (!line.startsWith('{')) return line;
  try {
    const { msg, err } = jsonLogLine.parse(JSON.parse(line));
    return err === undefined ? msg : `${msg}: ${err.message}`;
  } catch {
    // No log line after all: it stands for itself.
    return line;
  }
}
