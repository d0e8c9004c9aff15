import { distance } from 'fastest-levenshtein';
import { HiveError } from '../../protocol/errors.ts';
import { cutText, shorten } from '../../system/text/cut-text.ts';
import { parseDuration } from '../../system/text/parse-duration.ts';
import type { Schema } from '../../protocol/told/slim-schema.ts';

/** Names by which models call a field without looking it up. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  body: ['message', 'text', 'content', 'msg', 'prompt'],
  to: ['recipient', 'recipients', 'target', 'agent', 'receiver'],
  in_reply_to: ['reply_to', 'parent', 'answers', 'question_id'],
  id: ['message', 'message_id', 'msg_id', 'thread', 'thread_id', 'reminder', 'schedule'],
  message: ['id', 'message_id', 'msg_id'],
  name: ['file', 'filename', 'file_name', 'attachment'],
  files: ['file', 'attachment', 'attachments', 'paths'],
  file: ['files', 'attachment', 'path'],
  in_seconds: ['seconds', 'delay', 'delay_seconds', 'after'],
  at: ['time', 'when', 'due', 'due_at'],
  limit: ['count', 'max', 'n'],
  query: ['q', 'text', 'words', 'search'],
  minutes: ['duration', 'for'],
  choices: ['options'],
  cron: ['schedule', 'expression'],
  ttl_seconds: ['expires_in'],
  deadline_seconds: ['timeout'],
};
/** Endings of the names of fields with durations, and how many seconds their unit has. */
const UNITS: Readonly<Record<string, number>> = { seconds: 1, minutes: 60 };
/** Values for "nothing" when a model fills in every field. */
const NOTHING: readonly unknown[] = [null, '', 'null', 'undefined'];

/**
 * Normalizes a tool's arguments from the forms that models write: `"#12"` for a number, `"20m"` for 1200 seconds,
 * `in` for `in_seconds`, `High` for `high`, a list written as JSON in a string, and null, "null" or "" for an omitted
 * optional field. Throws `invalid_input` for an unknown field, with the likely name. `schema` has all arguments of the
 * tool; `more` are fields of its operation, which are accepted, too.
 */
export function readArguments(
  given: Readonly<Record<string, unknown>>,
  tool: { schema: Schema; more: readonly string[] },
): Record<string, unknown> {
  const fields = (tool.schema['properties'] ?? {}) as Readonly<Record<string, Schema>>;
  const required = new Set((tool.schema['required'] ?? []) as readonly string[]);
  const read: Record<string, unknown> = {};
  for (const [written, value] of Object.entries(given)) {
    const name = withUnit(written, fields, given);
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field === undefined && !tool.more.includes(name)) {
      if (value === null) continue;
      throw unknownField(
        name,
        Object.keys(fields).filter((known) => !Object.hasOwn(given, known)),
      );
    }
    if (value === null || (!required.has(name) && isNothing(value, given))) continue;
    read[name] = field === undefined ? value : readValue(value, name, field);
  }
  return read;
}

/** The name of the field with a duration that was written without its unit, or the name as it is. */
function withUnit(name: string, fields: Readonly<Record<string, Schema>>, given: object): string {
  const full = `${name}_seconds`;
  return !Object.hasOwn(fields, name) && Object.hasOwn(fields, full) && !Object.hasOwn(given, full) ? full : name;
}

/** An offered answer of a question is kept, whatever its text is. */
function isNothing(value: unknown, given: Readonly<Record<string, unknown>>): boolean {
  const { choices } = given;
  if (Array.isArray(choices) && choices.includes(value)) return false;
  return NOTHING.includes(typeof value === 'string' ? value.trim().toLowerCase() : value);
}

function readValue(value: unknown, name: string, field: Schema): unknown {
  if (typeof value !== 'string') return value;
  const text = value.trim();
  if (field['type'] === 'integer' && /^#?\d+$/.test(text)) return Number(text.replace('#', ''));
  if (field['type'] === 'number' && /^\d+(?:\.\d+)?$/.test(text)) return Number(text);
  const unit = UNITS[name.split('_').at(-1) ?? ''];
  if (unit !== undefined) return inUnits(text, unit) ?? value;
  if (field['type'] === 'array' && text.startsWith('[')) return parseList(text) ?? value;
  if (!Array.isArray(field['enum'])) return value;
  const words = field['enum'] as readonly string[];
  return words.find((word) => word.toLowerCase() === text.toLowerCase()) ?? value;
}

function inUnits(text: string, unit: number): number | null {
  const seconds = parseDuration(text);
  return seconds === null ? null : seconds / unit;
}

function parseList(text: string): unknown[] | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

/** `known` are the fields that were not given: only one of these can be the suggestion. */
function unknownField(name: string, known: readonly string[]): HiveError {
  const meant = nearest(name, known);
  const hint = meant === null ? sayKnown(known) : `did you mean ${meant}?`;
  return new HiveError('invalid_input', `There is no field "${shorten(name, 64)}": ${hint}`);
}

function sayKnown(known: readonly string[]): string {
  return known.length === 0 ? 'nothing more can be given.' : `what can be given is ${known.join(', ')}.`;
}

function nearest(name: string, known: readonly string[]): string | null {
  const wanted = plain(cutText(name, 64).text);
  const exact = known.find((field) => plain(field) === wanted);
  const synonym = known.find((field) => SYNONYMS[field]?.some((other) => plain(other) === wanted));
  const [close] = known
    .map((field) => ({ field, far: distance(plain(field), wanted) }))
    .filter(({ field, far }) => far <= Math.floor(Math.max(field.length, 3) / 3))
    .sort((a, b) => a.far - b.far);
  return exact ?? synonym ?? close?.field ?? null;
}

/** `inReplyTo`, `in-reply-to` and `In_Reply_To` are one name. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}
