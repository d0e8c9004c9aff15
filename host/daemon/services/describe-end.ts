import * as z from 'zod';
import type { ProgramEnd } from '../../../system/process/spawn-child.ts';
import { shorten } from '../../../system/text/cut-text.ts';

const LAST_WORDS_CHARS = 300;
/** Signals sent from outside: earlier log lines of the service do not explain them. */
const SENT_SIGNALS: ReadonlySet<string> = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP']);

/** Number of newest lines that are kept: Node prints an error's stack, then its own version. */
export const LAST_LINES = 40;

/** Log lines of system/log.ts. */
const jsonLogLine = z.looseObject({ msg: z.string(), err: z.looseObject({ message: z.string() }).optional() });

/**
 * Why a service ended, as one short sentence without its subject, for the operator: hived's own reason for ending it,
 * else the signal or exit code and its last log message (`lastLines`, the newest at the end).
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
    // Not a log line: it is used as it is.
    return line;
  }
}
