import * as z from 'zod';
import { HiveError } from '../../../../protocol/errors.ts';
import { OPERATOR, agentName, recipientName, topicName, type TopicName } from '../../../../protocol/names.ts';
import { MAX_BODY_BYTES, messageBody } from '../../../../protocol/schemas/message.ts';
import type { CliContext } from '../../context.ts';
import { readStdin } from '../../read-stdin.ts';
import { type OptionValue, readName, readNumber } from '../command.ts';

/** A message's recipient, as typed. Throws `invalid_name`. */
export function readRecipient(text: string | undefined) {
  const parsed = recipientName.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new HiveError(
    'invalid_name',
    `"${text ?? ''}" cannot be a recipient. One is an agent's name (lower-case letters, digits and "-"), "operator", "*" (all agents), "@children", "@role:<role>" or "#topic", in quotes.`,
  );
}

/** An agent's name, or the operator's. Throws `invalid_name`. */
export function readPerson(text: string | undefined) {
  return text === OPERATOR ? OPERATOR : readName(text);
}

const ofName = z.union([agentName, z.literal(OPERATOR)]);

/** The value of `--of`: an agent or the operator. Throws `invalid_name`. */
export function readOf(value: OptionValue): string | undefined {
  if (value === undefined) return undefined;
  const parsed = ofName.safeParse(value);
  return parsed.success ? parsed.data : readName(String(value));
}

/** A topic as typed; its "#", which begins a comment in most shells, may be left out. Throws `invalid_name`. */
export function readTopic(text: string | undefined): TopicName {
  const typed = text ?? '';
  const parsed = topicName.safeParse(typed.startsWith('#') ? typed : `#${typed}`);
  if (parsed.success) return parsed.data;
  throw new HiveError('invalid_name', `"${typed}" cannot be a topic: ${parsed.error.issues[0]?.message ?? ''}.`);
}

/** Ids as typed, with or without a "#", separated by blanks or commas. Throws `invalid_input`. */
export function readIds(args: readonly string[], what: string): number[] {
  const ids = args.flatMap((arg) => arg.split(',')).filter((text) => text.trim() !== '');
  return ids.map((text) => readId(text, what));
}

/** One id as typed, with or without a "#". Throws `invalid_input`. */
export function readId(text: string | undefined, what: string): number {
  return readNumber((text ?? '').replace(/^#(?=\d)/, ''), what);
}

/**
 * A message's text: the words of the command line, or stdin for "-" and, without a terminal, when there are no words.
 * Throws `invalid_input` or `message_too_large`.
 */
export async function readBody(context: CliContext, words: readonly string[], hint: string): Promise<string> {
  const piped = words.length === 0 && context.io.stdin.isTTY !== true;
  if (words.length === 0 && !piped) throw new HiveError('invalid_input', `Say what: ${hint}, or pipe the text in.`);
  const fromStdin = piped || (words.length === 1 && words[0] === '-');
  return checkBody(fromStdin ? await readStdin(context, MAX_BODY_BYTES) : words.join(' '));
}

/** Checked before the call, so that a bad message gets the same refusal whether a hive runs or not. */
export function checkBody(text: string): string {
  const parsed = messageBody.safeParse(text);
  if (parsed.success) return parsed.data;
  const tooLarge = Buffer.byteLength(text) > MAX_BODY_BYTES;
  throw new HiveError(
    tooLarge ? 'message_too_large' : 'invalid_input',
    sentence(parsed.error.issues[0]?.message ?? 'the message does not fit'),
  );
}

export function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${words.endsWith('.') ? '' : '.'}`;
}
