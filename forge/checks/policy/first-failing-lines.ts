import type { CheckNote } from '../../../protocol/schemas/check.ts';

const MOST_LINES = 8;
const MOST_CHARS_OF_LINE = 200;

/** Words that test runners and compilers use for what went wrong. */
const FAILS = /\b(?:error|fail(?:ed|ure|s)?|fatal|panic|exception|not ok|assert\w*|traceback)\b|[✗✘×❌]/i;

/**
 * The lines of a failed check that somebody reads first: the errors that it marked, else the first lines that look like
 * a failure, else the last ones.
 */
export function firstFailingLines(text: string, notes: readonly CheckNote[]): string[] {
  const errors = notes.filter(({ level }) => level === 'error');
  if (errors.length > 0) return errors.slice(0, MOST_LINES).map(sayNote).map(cut);
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const first = lines.findIndex((line) => FAILS.test(line));
  return (first === -1 ? lines.slice(-MOST_LINES) : lines.slice(first, first + MOST_LINES)).map(cut);
}

function sayNote({ path, line, message }: CheckNote): string {
  return path === null ? message : `${path}${line === null ? '' : `:${line}`}: ${message}`;
}

function cut(line: string): string {
  return line.length > MOST_CHARS_OF_LINE ? `${line.slice(0, MOST_CHARS_OF_LINE)} …` : line;
}
