import { cutText } from '../../system/text/cut-text.ts';
import type { Emit } from '../spool/spool.ts';
import { type RunningTools, createRunningTools } from './running-tools.ts';

/** Texts are truncated to this number of characters: escaped as JSON in the worst case they still fit hived's limit. */
const MAX_TEXT = 10_000;

/** The transcript of one turn: its events, and the counts for the turn's report. The same for all drivers. */
export interface Transcript {
  text(text: string): void;
  thinking(text: string): void;
  /**
   * `ofHive`: a tool of the hive, which does not count as work. `message`: the model's message that calls it, where
   * known.
   */
  toolCall(call: { id: string; name: string; input: unknown; ofHive: boolean; message?: string | null }): void;
  toolResult(result: { id: string; ok: boolean; text: string }): void;
  retry(retry: { attempt: number; delayMs: number; status: number | null; error: string }): void;
  /** The model had these messages in its context: records their receipt. */
  inContext(messages: readonly number[]): void;
  /** The program's running tools. */
  readonly tools: RunningTools;
  /** Calls so far, those of them that did not use the hive's tools, and how long (ms) at least one tool ran. */
  counts(): { toolCalls: number; workCalls: number; toolsMs: number };
  /** The newest text; empty before the first. */
  newestText(): string;
}

export function createTranscript(turn: number, parts: { emit: Emit; now: () => number }): Transcript {
  const { emit } = parts;
  const tools = createRunningTools(parts.now);
  let toolCalls = 0;
  let workCalls = 0;
  let newestText = '';
  return {
    text(text) {
      if (text === '') return;
      newestText = text;
      emit('turn.text', { turn, ...cutText(text, MAX_TEXT) });
    },
    thinking(text) {
      if (text !== '') emit('turn.thinking', { turn, ...cutText(text, MAX_TEXT) });
    },
    toolCall({ id, name, input, ofHive, message = null }) {
      toolCalls += 1;
      if (!ofHive) workCalls += 1;
      tools.begin({ id, name, message });
      const { text, truncated } = cutText(JSON.stringify(input ?? {}), MAX_TEXT);
      emit('turn.tool_call', { turn, id, tool: name, input: text, truncated });
    },
    toolResult({ id, ok, text }) {
      tools.end(id);
      emit('turn.tool_result', { turn, id, ok, ...cutText(text, MAX_TEXT) });
    },
    retry: (retry) => emit('turn.retry', { turn, ...retry }),
    inContext: (messages) => {
      if (messages.length > 0) emit('delivery.in_context', { turn, messages: [...messages] });
    },
    tools,
    counts: () => ({ toolCalls, workCalls, toolsMs: tools.busyMs() }),
    newestText: () => newestText,
  };
}
