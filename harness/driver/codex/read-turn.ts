import { nameMcpTool } from '../../../protocol/mcp-names.ts';
import { HIVE_SERVER } from '../../../protocol/hive-server.ts';
import type { UsageTotals } from '../../../protocol/schemas/agent.ts';
import type { Prompt } from '../driver.ts';
import type { Transcript } from '../transcript.ts';
import { readTodos } from '../todos.ts';
import { NO_USAGE, usageSince } from '../usage.ts';
import { totalsBefore, totalsOf } from './count-usage.ts';
import { statusOf, sayError } from './classify-error.ts';
import { readChanges } from './read-changes.ts';
import type { CodexEvent, Item, TurnError } from './read-event.ts';

/** Parses one turn from the CLI's events. */
export interface TurnReader {
  /** Records a text passed to the CLI under this ID. */
  expect(id: string, words: Prompt): void;
  /** Whether this item is a text that was passed to the CLI and is now in the conversation. */
  isExpected(item: Item): boolean;
  read(event: CodexEvent | { method: 'huge'; id: string }): void;
  /** Passed texts that are not in the conversation yet, oldest first. */
  untaken(): Prompt[];
  /** Forgets the passed texts that are not in the conversation: they are passed again. */
  takeBack(): Prompt[];
  /** Whether the model itself answered. */
  answered(): boolean;
  usage(): UsageTotals;
  /** The turn ended as done: the model had everything that was in the conversation. */
  finishDone(): void;
  /** The turn is over: whatever still runs has been ended. */
  finish(): void;
}

/**
 * Creates a reader of one turn: it writes the transcript. The CLI reports its usage after each answer of the model and
 * the tools that it called, so that divides the turn's events into *steps*. A text is in the model's context when the
 * model answers after the CLI has taken it into the conversation; a tool's result, in a later step than the tool's.
 */
export function createTurnReader(
  turn: { takeFetched: (result: string) => number[]; totals: UsageTotals | null; fresh: boolean },
  transcript: Transcript,
): TurnReader {
  const untaken = new Map<string, Prompt>();
  const running = new Set<string>();
  let placed: { messages: readonly number[]; after: number }[] = [];
  let step = 0;
  let answered = false;
  let before = turn.totals;
  let isCounting = turn.fresh || before !== null;
  let usage = NO_USAGE;

  function takeIn(id: string): void {
    const words = untaken.get(id);
    if (words === undefined) return;
    untaken.delete(id);
    placed.push({ messages: words.messages.map((message) => message.id), after: step });
  }

  /** The model answers: what was in the conversation before was in its context. */
  function noteAnswer(): void {
    answered = true;
    transcript.tools.answeredIn(String(step));
    const proven = placed.filter(({ after }) => after <= step);
    placed = placed.filter((one) => !proven.includes(one));
    for (const { messages } of proven) transcript.inContext(messages);
  }

  function begin(item: Item): void {
    if (item.type === 'userMessage') return takeIn(item.clientId ?? '');
    noteAnswer();
    const call = callOf(item);
    if (call === null || running.has(item.id)) return;
    running.add(item.id);
    transcript.toolCall({ id: item.id, ...call, message: String(step) });
  }

  function complete(item: Item): void {
    if (item.type === 'userMessage') return takeIn(item.clientId ?? '');
    if (item.type === 'agentMessage') {
      noteAnswer();
      return transcript.text(item.text);
    }
    if (item.type === 'reasoning') {
      noteAnswer();
      return transcript.thinking((item.summary.length > 0 ? item.summary : item.content).join('\n\n'));
    }
    if (showOther(item)) return undefined;
    if (!running.has(item.id)) begin(item);
    running.delete(item.id);
    showWork(item);
    const text = resultOf(item);
    transcript.toolResult({ id: item.id, ok: !('status' in item) || item.status === 'completed', text });
    if (item.type !== 'mcpToolCall' || item.server !== HIVE_SERVER || item.tool !== 'recv') return undefined;
    const messages = turn.takeFetched(text);
    return void (messages.length > 0 && placed.push({ messages, after: step + 1 }));
  }

  /** Items that are neither texts nor tool calls; false for another. */
  function showOther(item: Item): boolean {
    if (item.type === 'plan') transcript.plan(item.text);
    else if (item.type === 'contextCompaction') transcript.compaction({});
    else if (item.type === 'subAgentActivity') {
      const step = SUBAGENT_STEPS[item.kind];
      if (step !== undefined) transcript.subagent(null, { step, name: item.agentPath, about: '' });
    } else return false;
    return true;
  }

  /** What a tool did, beside its answer. */
  function showWork(item: Item): void {
    if (item.type === 'fileChange' && item.status !== 'failed' && item.status !== 'declined')
      for (const change of readChanges(item.changes)) transcript.fileChange(item.id, change);
    if (item.type === 'imageView') transcript.image(item.id, { path: item.path });
    if (item.type === 'mcpToolCall')
      for (const { type, data, mimeType } of item.result?.content ?? [])
        if (type === 'image')
          transcript.image(item.id, {
            mediaType: mimeType ?? null,
            bytes: data === undefined ? null : Buffer.byteLength(data, 'base64'),
          });
  }

  function count(params: Extract<CodexEvent, { method: 'thread/tokenUsage/updated' }>['params']): void {
    step += 1;
    if (!isCounting) before = totalsBefore(params.tokenUsage);
    isCounting = true;
    usage = usageSince(before, totalsOf(params.tokenUsage.total));
  }

  function noteRetry(error: TurnError): void {
    const attempt = Number(/(\d+)\/\d+/.exec(error.message)?.[1] ?? 1);
    transcript.retry({ attempt, delayMs: 0, status: statusOf(error), error: sayError(error) });
  }

  return {
    expect: (id, words) => void untaken.set(id, words),
    isExpected: (item) => item.type === 'userMessage' && untaken.has(item.clientId ?? ''),
    read(event) {
      if (event.method === 'item/started') begin(event.params.item);
      if (event.method === 'item/completed') complete(event.params.item);
      if (event.method === 'thread/tokenUsage/updated') count(event.params);
      if (event.method === 'turn/plan/updated') transcript.todos(null, readTodos(event.params.plan) ?? []);
      if (event.method === 'error' && event.params.willRetry) noteRetry(event.params.error);
      else if (event.method === 'error') transcript.error(sayError(event.params.error));
      if (event.method === 'huge' && running.delete(event.id))
        transcript.toolResult({ id: event.id, ok: true, text: '(too large to show)' });
    },
    untaken: () => [...untaken.values()],
    takeBack() {
      const words = [...untaken.values()];
      untaken.clear();
      return words;
    },
    answered: () => answered,
    usage: () => usage,
    finishDone() {
      for (const { messages } of placed) transcript.inContext(messages);
      placed = [];
    },
    finish() {
      for (const id of running) transcript.toolResult({ id, ok: false, text: '(ended with the turn)' });
      running.clear();
    },
  };
}

const SUBAGENT_STEPS: Readonly<Record<string, 'started' | 'done' | 'failed'>> = {
  started: 'started',
  completed: 'done',
  interrupted: 'failed',
};

/** The tool that an item shows; null for another item. */
function callOf(item: Item): { name: string; input: unknown; ofHive: boolean } | null {
  switch (item.type) {
    case 'commandExecution':
      return { name: 'exec_command', input: { command: item.command, cwd: item.cwd ?? undefined }, ofHive: false };
    case 'fileChange':
      return { name: 'apply_patch', input: { changes: item.changes }, ofHive: false };
    case 'imageView':
      return { name: 'view_image', input: { path: item.path }, ofHive: false };
    case 'mcpToolCall':
      return { name: nameMcpTool(item.server, item.tool), input: item.arguments, ofHive: item.server === HIVE_SERVER };
    default:
      return null;
  }
}

function resultOf(item: Item): string {
  if (item.type === 'commandExecution') {
    const failed = item.exitCode == null || item.exitCode === 0 ? '' : `(exit code ${item.exitCode})\n`;
    return `${failed}${item.aggregatedOutput ?? ''}`;
  }
  if (item.type === 'mcpToolCall')
    return item.error?.message ?? (item.result?.content ?? []).map((one) => one.text ?? `[${one.type}]`).join('\n');
  return '';
}
