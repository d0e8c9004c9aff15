import { cutText, shorten } from '../../../system/text/cut-text.ts';
import type { Conversation } from './conversation.ts';
import { type DemoOptions, type Directive, readDirectives } from './directives.ts';
import { isTool, type Newest, pickNewest } from './newest.ts';

/** One part of the demo model's answer. */
export type DemoPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'call'; readonly tool: string; readonly input: Record<string, unknown> };

/** The demo model's answer, independent of its protocol. */
export interface DemoMessage {
  readonly kind: 'message';
  readonly delayMs: number;
  readonly parts: readonly DemoPart[];
  /** Why it ends: it said all, it calls tools, or it may write no more. */
  readonly stop: 'said_all' | 'calls' | 'length';
  readonly outputTokens: number;
}

/** The demo model's reaction to a request, after `delayMs`. */
export type DemoAnswer =
  | DemoMessage
  | { readonly kind: 'error'; readonly delayMs: number; readonly status: number; readonly retryAfter: number | null };

const HINT = 'A line such as @send {"to":"operator","body":"hello"} in a message makes me call that tool.';
/** Maximum characters quoted from the input. */
const QUOTE_CHARS = 400;
const CHARS_PER_TOKEN = 4;

/**
 * The demo model: a pure function from a request to an answer, so the same request, sent again, gets the same answer.
 * It follows the `@name {json}` lines of the new part and invents nothing.
 */
export function respond(conversation: Conversation): DemoAnswer {
  const { tools } = conversation;
  const newest = pickNewest(conversation.messages);
  const directives = newest.texts.flatMap((text) => readDirectives(text, tools));
  const options = readOptions(newest, tools);
  const delayMs = options.sleepMs ?? 0;
  if (options.status !== undefined)
    return { kind: 'error', delayMs, status: options.status, retryAfter: options.retryAfter ?? null };
  const calls = [
    ...directives
      .filter((directive) => directive.kind === 'call')
      .map(({ tool, input }): DemoPart => ({ type: 'call', tool, input })),
    ...(options.thank === true ? thank(newest, tools) : []),
  ];
  const text = options.text ?? sayWhat({ newest, directives, options, hasTools: tools.length > 0 });
  const room = (conversation.maxTokens ?? Infinity) * CHARS_PER_TOKEN;
  const said: DemoPart[] = text === '' ? [] : [{ type: 'text', text: cutText(text, room).text }];
  const parts = [...said, ...calls];
  return {
    kind: 'message',
    delayMs,
    parts,
    stop: calls.length > 0 ? 'calls' : text.length > room ? 'length' : 'said_all',
    outputTokens: estimateTokens(JSON.stringify(parts).length),
  };
}

/** Answers a message with thanks, and makes its reader do the same: two such agents never stop by themselves. */
function thank({ message }: Newest, tools: readonly string[]): DemoPart[] {
  const send = tools.find((tool) => isTool(tool, 'send'));
  if (message === null || send === undefined) return [];
  const body = 'Thank you so much, that was really kind of you!\n@demo {"thank":true}';
  return [{ type: 'call', tool: send, input: { to: message.from, in_reply_to: Number(message.id), body } }];
}

/** Tokens of a request or an answer, guessed from the length of its JSON. */
export function estimateTokens(length: number): number {
  return Math.ceil(length / CHARS_PER_TOKEN);
}

/**
 * The `@demo` lines of the newest text only: the CLI keeps a failed turn's prompt in the conversation, and its fault
 * must not be repeated for every following prompt.
 */
function readOptions(newest: Newest, tools: readonly string[]): DemoOptions {
  const options: DemoOptions = {};
  for (const directive of readDirectives(newest.texts.at(-1) ?? '', tools))
    if (directive.kind === 'demo') Object.assign(options, directive.options);
  return options;
}

interface Facts {
  readonly newest: Newest;
  readonly directives: readonly Directive[];
  readonly options: DemoOptions;
  readonly hasTools: boolean;
}

/** The text of the answer; empty when the tool calls suffice. */
function sayWhat({ newest, directives, options, hasTools }: Facts): string {
  if (options.repeat !== undefined) return repeatLines(options.repeat);
  const problems = directives.flatMap((directive) => (directive.kind === 'problem' ? [directive.problem] : []));
  const calls = directives.filter((directive) => directive.kind === 'call');
  if (problems.length > 0)
    return `I am the hive's demo model and cannot do all of that: ${problems.join('; ')}. ${HINT}`;
  if (calls.length > 0 || options.thank === true) return '';
  // Titles, quota checks and the like come from a program, not from a person.
  if (!hasTools) return 'Demo model';
  if (newest.texts.length === 0 && newest.results.length > 0) return `Demo model: ${sayResults(newest.results)}`;
  const heard = newest.results.length > 0 ? ` ${sayResults(newest.results)}` : '';
  return `I am the hive's demo model: a script, not an LLM.${heard} I read: "${quote(newest.texts)}". ${HINT}`;
}

function sayResults(results: Newest['results']): string {
  const each = results.map(
    ({ tool, failed }) => `${tool === '' ? 'a tool' : tool} ${failed ? 'failed' : 'was called and succeeded'}`,
  );
  return `${each.join(', ')}.`;
}

/** On one line: a quoted line that begins with `@` must not look like a directive to its next reader. */
function quote(texts: readonly string[]): string {
  const words = texts.join(' ').replaceAll(/\s+/g, ' ').trim();
  return shorten(words, QUOTE_CHARS);
}

function repeatLines(count: number): string {
  return Array.from({ length: count }, (_, index) => `Line ${index + 1} of ${count} from the demo model.`).join('\n');
}
