import { nameMcpTool } from '../../../protocol/mcp-names.ts';
import { HIVE_SERVER } from '../../../protocol/hive-server.ts';
import { isHiveTool } from '../../../protocol/tool-names.ts';
import type { Verdict, Prompt } from '../driver.ts';
import { type Signs, classifyResult } from './classify-result.ts';
import { isThrashing } from './compactions.ts';
import { readTodosOfInput } from '../todos.ts';
import type { Block, ClaudeLine, RequestUsage, ResultLine } from './parse-line.ts';
import { readFileChange, readImages } from './read-work.ts';
import type { Transcript } from '../transcript.ts';

/** A provider that demands a longer pause than this parks the agent; the CLI would wait idly. */
const MAX_PAUSE_MS = 60_000;
/** What the CLI names as the author of its own words in the conversation. */
const SYNTHETIC = '<synthetic>';
const TODO_TOOL = 'TodoWrite';
const PLAN_TOOL = 'ExitPlanMode';
const RECV_TOOL = nameMcpTool(HIVE_SERVER, 'recv');
/** Origins of results of our own requests, or of the CLI's continuations of them (after a truncated answer). */
const OURS: ReadonlySet<string> = new Set(['human', 'user', 'auto-continuation']);

/** The shell's action after a line. */
type NextStep =
  | { kind: 'go_on' }
  /** The CLI answered, and takes the messages written meanwhile as its next request. */
  | { kind: 'continues'; result: ResultLine }
  | { kind: 'ended'; verdict: Verdict; result: ResultLine }
  /** Stop the CLI's own waiting and end the turn with this verdict. */
  | { kind: 'park'; verdict: Verdict };

/** Parses one turn from the CLI's lines. */
export interface TurnReader {
  /** Records a text written to the CLI under this uuid; the first one is the turn's prompt. */
  expect(uuid: string, words: Prompt): void;
  read(line: ClaudeLine): NextStep;
  /** Written texts that are not in the session yet, oldest first. */
  untaken(): Prompt[];
  /** Whether the model itself answered. */
  answered(): boolean;
  /** The results' texts, or before the first one the newest text. */
  lastText(): string;
  /** The conversation's size after the newest answer, and its model's window, in tokens; null while unknown. */
  size(): { contextTokens: number | null; windowTokens: number | null };
  /** The CLI's ID of the model's newest message; null before the first. */
  newestId(): string | null;
}

/**
 * Creates a reader of one turn: it writes the transcript, and decides when and how the turn is over.
 *
 * A result counts only once the CLI has shown that it accepted the prompt, or as an error: an earlier, interrupted
 * request may still be ending. A request that the CLI made by itself, or that ended before the model or the CLI
 * produced text, ends nothing. A good result ends the turn only when every written text is in the session: the CLI
 * repeats each line when it accepts it, so a later result answers that line too.
 */
export function createTurnReader(
  turn: { takeFetched: (result: string) => number[]; now: () => number },
  transcript: Transcript,
): TurnReader {
  const signs: Signs = { rejected: null, syntheticError: null, answered: false };
  const fetches = new Set<string>();
  const untaken = new Map<string, Prompt>();
  const answers: string[] = [];
  const { tools } = transcript;
  /** The number of tool calls at each compaction. */
  const compactions: number[] = [];
  /** Types of the running subagents, by the CLI's IDs of them. */
  const subagents = new Map<string, string>();
  let promptId: string | null = null;
  let spoken = false;
  let speaking: string | null = null;
  let newestId: string | null = null;
  let contextTokens: number | null = null;
  let windowTokens: number | null = null;
  let model = '';
  let placed: { messages: readonly number[]; behind: string | null }[] = [];

  function takeIn(uuid: string): void {
    const words = untaken.get(uuid);
    if (words === undefined) return;
    untaken.delete(uuid);
    place(words.messages.map(({ id }) => id));
  }

  /** Messages are now in the CLI's session, after the model's current output: the next request contains them. */
  function place(messages: readonly number[]): void {
    if (messages.length > 0) placed.push({ messages, behind: speaking });
  }

  /**
   * The model answers a request: messages before it were in its context. A request that the provider refused proves
   * nothing.
   */
  function noteAnswered(message: string | null): void {
    const proven = placed.filter(({ behind }) => message === null || behind !== message);
    placed = placed.filter((one) => !proven.includes(one));
    for (const { messages } of proven) transcript.inContext(messages);
  }

  /** The prompt of a request and the beginning of its answer: the rest of an answer is missing until the next request. */
  function noteSize(message: { model: string; usage?: RequestUsage | null | undefined }): void {
    if (message.usage == null) return;
    const { input_tokens: input, cache_read_input_tokens: read, cache_creation_input_tokens: written } = message.usage;
    const size = Math.round(input + read + written + message.usage.output_tokens);
    if (size === 0) return;
    contextTokens = size;
    ({ model } = message);
  }

  /** `within`: of a subagent, the call that started it. */
  function readBlock(block: Block, { message, within }: { message: string | null; within: string | null }): void {
    const { id, name, input } = block;
    if (block.type === 'text') transcript.text(block.text ?? '', within);
    if (block.type === 'thinking') transcript.thinking(block.thinking ?? '', within);
    if (block.type === 'tool_use' && id !== undefined && name !== undefined) {
      if (name === RECV_TOOL) fetches.add(id);
      transcript.toolCall({ id, name, input, ofHive: isHiveTool(name), message, within });
      const todos = name === TODO_TOOL ? readTodosOfInput(input) : null;
      if (todos !== null) transcript.todos(id, todos);
      const plan = name === PLAN_TOOL ? planOf(input) : null;
      if (plan !== null) transcript.plan(plan);
    }
  }

  /** A line has one result, and the CLI's record of that tool's work. */
  function readResults(content: readonly Block[], record: unknown): void {
    const results = content.filter(({ type, tool_use_id: id }) => type === 'tool_result' && id !== undefined);
    for (const block of results) {
      const id = block.tool_use_id ?? '';
      const change = results.length === 1 && block.is_error !== true ? readFileChange(record) : null;
      if (change !== null) transcript.fileChange(id, change);
      for (const image of readImages(block.content)) transcript.image(id, image);
      readToolResult(block, id);
    }
  }

  function readSubagent(line: Extract<ClaudeLine, { kind: 'subagent' }>['line']): void {
    const { task, call, step, about, durationMs } = line;
    const name = line.name ?? subagents.get(task);
    // An end without a beginning is that of another task.
    if (name === undefined) return;
    if (step === 'started') subagents.set(task, name);
    else subagents.delete(task);
    transcript.subagent(call, { step, name, about, durationMs });
  }

  function readToolResult(block: Block, id: string): void {
    const text = textOf(block.content);
    transcript.toolResult({ id, ok: block.is_error !== true, text });
    if (!fetches.delete(id)) return;
    // The CLI stores a long result in a file and shows its beginning: only messages completely in that part are in
    // the context.
    place(turn.takeFetched(text));
  }

  /** Whether a result answers a text that was written to the CLI. */
  function isOurs(result: ResultLine): boolean {
    if (result.origin != null && !OURS.has(result.origin.kind)) return false;
    if (result.is_error) return true;
    return !untaken.has(promptId ?? '') && (spoken || result.subtype !== 'success' || result.num_turns !== 0);
  }

  function read(line: ClaudeLine): NextStep {
    switch (line.kind) {
      case 'user':
        if (line.line.isReplay === true) takeIn(line.line.uuid ?? '');
        else {
          readResults(line.line.message.content, line.line.tool_use_result);
        }
        return { kind: 'go_on' };
      case 'assistant': {
        spoken = true;
        const within = line.line.parent_tool_use_id ?? null;
        const message = within === null ? (line.line.message.id ?? null) : null;
        tools.answeredIn(message);
        if (line.line.message.model === SYNTHETIC) signs.syntheticError = line.line.error ?? null;
        else {
          signs.syntheticError = null;
          signs.answered = true;
          if (within === null) {
            noteAnswered(message);
            speaking = message;
            noteSize(line.line.message);
            newestId = line.line.uuid ?? newestId;
          }
        }
        const isSynthetic = line.line.message.model === SYNTHETIC;
        for (const block of line.line.message.content) {
          if (isSynthetic && line.line.error != null) transcript.error(block.text ?? '');
          else readBlock(block, { message, within });
        }
        return { kind: 'go_on' };
      }
      case 'rate_limit': {
        const { status, resetsAt } = line.line.rate_limit_info;
        const until = resetsAt === null || resetsAt === undefined ? null : resetsAt * 1_000;
        signs.rejected = status === 'rejected' ? { resetsAt: until } : null;
        return { kind: 'go_on' };
      }
      case 'retry': {
        const { attempt, retry_delay_ms: delayMs, error_status: status, error } = line.line;
        transcript.retry({ attempt: Math.round(attempt), delayMs, status: status ?? null, error });
        if (status !== 429 || delayMs <= MAX_PAUSE_MS) return { kind: 'go_on' };
        const reason = 'The provider asks for a longer pause (429).';
        return { kind: 'park', verdict: { kind: 'rate_limited', reason, resetsAt: Math.round(turn.now() + delayMs) } };
      }
      case 'compacted': {
        transcript.compaction(line.sizes);
        compactions.push(transcript.counts().toolCalls);
        if (!isThrashing(compactions)) return { kind: 'go_on' };
        const reason = 'The conversation was compacted again and again, with hardly any room for work.';
        return { kind: 'park', verdict: { kind: 'failed', reason, sessionSpent: true } };
      }
      case 'subagent':
        readSubagent(line.line);
        return { kind: 'go_on' };
      case 'result': {
        if (!isOurs(line.line)) return { kind: 'go_on' };
        windowTokens = line.line.modelUsage[model]?.contextWindow ?? windowTokens;
        tools.clear();
        answers.push(typeof line.line.result === 'string' ? line.line.result : transcript.newestText());
        const verdict = classifyResult(line.line, signs);
        if (verdict.kind === 'done') noteAnswered(null);
        if (verdict.kind === 'done' && untaken.size > 0) return { kind: 'continues', result: line.line };
        return { kind: 'ended', verdict, result: line.line };
      }
      default:
        return { kind: 'go_on' };
    }
  }

  return {
    expect: (uuid, words) => {
      promptId ??= uuid;
      untaken.set(uuid, words);
    },
    read,
    untaken: () => [...untaken.values()],
    answered: () => signs.answered,
    newestId: () => newestId,
    size: () => ({ contextTokens, windowTokens }),
    lastText: () =>
      answers.length === 0 ? transcript.newestText() : answers.filter((text) => text !== '').join('\n\n'),
  };
}

function planOf(input: unknown): string | null {
  const plan = typeof input === 'object' && input !== null && 'plan' in input ? input.plan : null;
  return typeof plan === 'string' ? plan : null;
}

/** A tool result's text; pictures and the like are named, not shown. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: { type?: unknown; text?: unknown }) =>
      typeof part.text === 'string' ? part.text : `[${String(part.type)}]`,
    )
    .join('\n');
}
