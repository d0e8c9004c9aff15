import { parseDocument, YAMLParseError } from 'yaml';

/** Longer heads are not parsed. */
const MOST_CHARS = 8 * 1024;
const HEAD = /^---[ \t]*\r?\n([^]*?)\r?\n---[ \t]*(?:\r?\n|$)/;

/**
 * Reads the YAML at the beginning of a text, between two lines of "---"; null when there is none. `why` is the end of a
 * sentence about it: too long, or no YAML, with the place and what usually helps. Aliases, of which a few lines can make
 * gigabytes, are not read.
 */
export function readFrontMatter(text: string): { value: unknown } | { why: string } | null {
  const head = HEAD.exec(text.replace(/^\uFEFF/, ''))?.[1];
  if (head === undefined) return null;
  if (head.length > MOST_CHARS) return { why: `is longer than ${MOST_CHARS} characters` };
  try {
    const document = parseDocument(head, { logLevel: 'error' });
    const [error] = document.errors;
    if (error !== undefined) throw error;
    return { value: document.toJS({ maxAliasCount: 0 }) };
  } catch (error) {
    return { why: `is not valid YAML: ${sayProblem(error)}` };
  }
}

function sayProblem(error: unknown): string {
  const code = error instanceof YAMLParseError ? error.code : null;
  if (code === 'RESOURCE_EXHAUSTION' || error instanceof RangeError) return 'it is nested too deeply';
  if (error instanceof ReferenceError) return 'aliases ("*name") are not read';
  const words = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
  const hint = code === 'BLOCK_AS_IMPLICIT_KEY' ? '; put a text with ": " in quotes' : '';
  return `${words.replace(/[:.]$/, '')}${hint}`;
}
