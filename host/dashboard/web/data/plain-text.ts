import { readToolName } from '../../../../protocol/tool-names.ts';
import { cutText } from '../../../../system/text/cut-text.ts';
/* oxlint-disable no-control-regex -- this file removes control characters */
/**
 * Sanitizes text from models, tools and messages for display: removes terminal escape sequences, control characters
 * and bidirectional marks, which can make a line look like a different one. React escapes HTML.
 */
export function toPlainText(text: string): string {
  return text.replaceAll(ESCAPES, '').replaceAll('\r\n', '\n').replaceAll(CONTROLS, '');
}

// OSC and similar strings up to their terminator, then CSI sequences, then single-character escapes. Each part matches in linear time.
const ESCAPES =
  /\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|\u001b[ -/]*[0-~]?/g;
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200e\u200f]/g;

/** The text up to `lines` lines and `chars` characters; `cut` is true when there was more. */
export function boundText(text: string, limit: { lines: number; chars: number }): { shown: string; cut: boolean } {
  let end = 0;
  for (let line = 0; line < limit.lines; line++) {
    const next = text.indexOf('\n', end);
    if (next === -1) {
      end = text.length;
      break;
    }
    end = next + 1;
  }
  const stop = Math.min(end, limit.chars);
  return stop >= text.length ? { shown: text, cut: false } : { shown: cutText(text, stop).text.trimEnd(), cut: true };
}

/** Indents JSON; returns any other text unchanged, and JSON whose indents would be much longer than the text. */
export function formatJson(text: string): string {
  try {
    const indented = JSON.stringify(JSON.parse(text), null, 2);
    return indented.length > 10 * text.length ? text : indented;
  } catch {
    return text;
  }
}

/** The display name of a sender or recipient; the operator is "you". */
export function formatName(name: string): string {
  return { operator: 'you', system: 'the hive', '*': 'everyone' }[name] ?? name;
}

/** A tool call's input in one line: its most informative argument, or else all arguments. */
export function summarizeInput(input: string): string {
  let given: unknown;
  try {
    given = JSON.parse(input);
  } catch {
    return oneLine(input);
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return oneLine(input);
  const fields = given as Record<string, unknown>;
  if (typeof fields['to'] === 'string' && typeof fields['body'] === 'string')
    return oneLine(`→ ${fields['to']}: ${fields['body']}`);
  for (const key of INFORMATIVE_KEYS) if (typeof fields[key] === 'string') return oneLine(fields[key]);
  return Object.keys(fields).length === 0 ? '' : oneLine(input);
}

const INFORMATIVE_KEYS = ['command', 'file_path', 'path', 'pattern', 'query', 'url', 'description', 'prompt'];

export function oneLine(text: string): string {
  return toPlainText(cutText(text, 600).text).replaceAll(/\s+/g, ' ').trim();
}

/** An activity as one line: "Bash: npx vitest run". Works also when hived truncated the input. */
export function summarizeActivity(activity: string): string {
  const [, tool, input] = /^([\w-]{1,80}): (\{[^]*)$/.exec(activity) ?? [];
  return tool === undefined || input === undefined
    ? oneLine(activity)
    : `${oneLine(readToolName(tool).tool)}: ${summarizeInput(input)}`;
}
