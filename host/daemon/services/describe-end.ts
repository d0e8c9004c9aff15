import { z } from 'zod';
import type { ProgramEnd } from './spawn.ts';

const LAST_WORDS_CHARS = 300;

/** Fastify's log lines. */
const jsonLogLine = z.looseObject({ msg: z.string(), err: z.looseObject({ message: z.string() }).optional() });

/**
 * Why a service ended, as one short sentence without its subject, for the operator: what hived did
 * to it, else the signal or exit code and the last line it had logged.
 */
export function describeEnd(end: ProgramEnd & { killedFor: string | null; lastWords: string | null }): string {
  if (end.error !== null) return `could not be started: ${end.error.message}`;
  if (end.killedFor !== null) return end.killedFor;
  const how = end.signal === null ? `exited with code ${end.code}` : `was ended by ${end.signal}`;
  return end.lastWords === null ? how : `${how}: ${plainText(end.lastWords)}`;
}

function plainText(line: string): string {
  let text = line.trim();
  if (text.startsWith('{')) {
    try {
      const parsed = jsonLogLine.safeParse(JSON.parse(text));
      if (parsed.success)
        text = parsed.data.err === undefined ? parsed.data.msg : `${parsed.data.msg}: ${parsed.data.err.message}`;
    } catch {
      // Not JSON after all: the line stands for itself.
    }
  }
  return text.length <= LAST_WORDS_CHARS ? text : `${text.slice(0, LAST_WORDS_CHARS)}…`;
}
