import { HIVE_SERVER } from '../../../protocol/hive-server.ts';
import type { Message, Part } from './conversation.ts';
import { type Piece, splitWrapped } from './wrapped.ts';

/** The messages since the model's last answer: the only part of a conversation that the demo model acts on. */
export interface Newest {
  /** Texts to read, oldest first, without the blocks that wrap messages; the last is the newest prompt. */
  readonly texts: readonly string[];
  /** The newest message among them, as its block names it. */
  readonly message: { readonly id: string; readonly from: string } | null;
  /** Calls with results. */
  readonly results: readonly { readonly tool: string; readonly failed: boolean }[];
}

const REMINDER = /<system-reminder>[\s\S]*?(?:<\/system-reminder>|$)/g;

/**
 * Picks the new part. History is replayed with every request, so everything before the model's last answer was acted
 * on before. After a failed turn there is no such answer: then the prompts of both turns are new, and a redelivered
 * message counts once, at its last position.
 */
export function pickNewest(messages: readonly Message[]): Newest {
  const last = messages.findLastIndex((message) => message.role === 'assistant');
  const calls = new Map(
    (messages[last]?.parts ?? []).flatMap((part): [string, string][] =>
      part.type === 'call' ? [[part.id, part.tool]] : [],
    ),
  );
  const parts = messages.slice(last + 1).flatMap(readableParts);
  const texts = parts.map((part) => {
    if (part.type === 'text') return part.text.replaceAll(REMINDER, saidMeanwhile);
    if (part.type !== 'result') return '';
    const { output, appended } = splitResult(part.text);
    return [isTool(calls.get(part.call) ?? '', 'recv') ? output : '', appended].join('\n').trim();
  });
  const pieces = dropRepeated(texts.map(splitWrapped));
  return {
    texts: pieces.map(joinPieces).filter(Boolean),
    message: newestMessage(pieces.flat()),
    results: parts.flatMap((part) =>
      part.type === 'result' ? [{ tool: shortName(calls.get(part.call) ?? ''), failed: part.failed }] : [],
    ),
  };
}

/** The CLI's text before, and after, a message that came while a tool ran. */
const MEANWHILE = 'The user sent a new message while you were working:';
const MEANWHILE_END = '\n\nIMPORTANT: ';

/** The CLI's own text (reminders, system messages) is ignored, except for an embedded new message. */
function saidMeanwhile(text: string): string {
  const start = text.indexOf(MEANWHILE);
  if (start === -1) return '';
  const end = text.lastIndexOf(MEANWHILE_END);
  return text.slice(start + MEANWHILE.length, end > start ? end : undefined);
}

/**
 * With some models the CLI appends a new message to a tool's result. A tool could forge one; the demo model has no
 * rights beyond those of the tool's caller.
 */
function splitResult(text: string): { output: string; appended: string } {
  const start = text.lastIndexOf(`<system-reminder>\n${MEANWHILE}`);
  if (start === -1 || !text.trimEnd().endsWith('</system-reminder>')) return { output: text, appended: '' };
  return { output: text.slice(0, start), appended: saidMeanwhile(text.slice(start)) };
}

function readableParts(message: Message): readonly Part[] {
  if (message.role === 'user') return message.parts;
  return message.parts.flatMap((part) =>
    part.type === 'text' ? [{ type: 'text' as const, text: saidMeanwhile(part.text) }] : [],
  );
}

/** The hive's tools as CLIs name them: after the MCP server, with one underscore or two, and `mcp` before it or not. */
const HIVE_TOOL = new RegExp(`^(?:mcp_)?${HIVE_SERVER}_(?=[a-z])`);

/** Whether a tool matches a name: by its own name, or as an MCP server's tool (`mcp__hive__recv`, `mcp_hive_recv`, `hive_recv`). */
export function isTool(tool: string, meant: string): boolean {
  return tool === meant || shortName(tool) === meant;
}

function shortName(tool: string): string {
  return (tool.split('__').at(-1) ?? tool).replace(HIVE_TOOL, '');
}

/** Leaves out all but the last piece of each message id. */
function dropRepeated(texts: readonly Piece[][]): Piece[][] {
  const seen = new Set<string>();
  const isLast = ({ id }: Piece) => {
    if (id === null) return true;
    const first = !seen.has(id);
    seen.add(id);
    return first;
  };
  return [...texts]
    .reverse()
    .map((pieces) => [...pieces].reverse().filter(isLast).reverse())
    .reverse();
}

/** Only the messages where there are any: the harness's text around them is not for the demo model. */
function joinPieces(pieces: readonly Piece[]): string {
  const messages = pieces.filter((piece) => piece.wrapped);
  return (messages.length > 0 ? messages : pieces)
    .map((piece) => piece.text)
    .join('\n')
    .trim();
}

function newestMessage(pieces: readonly Piece[]): Newest['message'] {
  const { id = null, from = null } = pieces.findLast((piece) => piece.id !== null && piece.from !== null) ?? {};
  return id === null || from === null ? null : { id, from };
}
