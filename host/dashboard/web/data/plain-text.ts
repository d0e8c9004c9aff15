import { readToolName } from '../../../../protocol/tool-names.ts';
import { cutText } from '../../../../system/text/cut-text.ts';
/* oxlint-disable no-control-regex -- control characters are what this file removes */
/**
 * Text that models, tools and messages wrote, made fit to be shown as text: no terminal escape
 * sequences, no control characters, no marks that turn the reading direction around (they can
 * make a harmless line look like another one). React escapes the rest.
 */
export function toPlainText(text: string): string {
  return text.replaceAll(ESCAPES, '').replaceAll('\r\n', '\n').replaceAll(CONTROLS, '');
}

// OSC and other strings up to their end, then CSI sequences, then single-character escapes. Each part is linear.
const ESCAPES =
  /\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|\u001b[ -/]*[0-~]?/g;
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200e\u200f]/g;

/** The first `lines` lines and `chars` characters; `cut` says whether there was more. */
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

/** JSON laid out for people; anything else as it is. */
export function layOutJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** A sender's or recipient's name as the operator reads it. */
export function sayName(name: string): string {
  return { operator: 'you', system: 'the hive', '*': 'everyone' }[name] ?? name;
}

/** One line on what a tool was given: the argument that says most, or the arguments. */
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
  for (const key of TELLING) if (typeof fields[key] === 'string') return oneLine(fields[key]);
  return Object.keys(fields).length === 0 ? '' : oneLine(input);
}

const TELLING = ['command', 'file_path', 'path', 'pattern', 'query', 'url', 'description', 'prompt'];

export function oneLine(text: string): string {
  return toPlainText(cutText(text, 600).text).replaceAll(/\s+/g, ' ').trim();
}

/** An activity as one line: "Bash: npx vitest run", whether or not hived had room for the whole input. */
export function summarizeActivity(activity: string): string {
  const [, tool, input] = /^([\w-]{1,80}): (\{[^]*)$/.exec(activity) ?? [];
  return tool === undefined || input === undefined
    ? oneLine(activity)
    : `${oneLine(readToolName(tool).tool)}: ${summarizeInput(input)}`;
}
