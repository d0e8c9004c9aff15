import { cutText, shorten } from '../../system/text/cut-text.ts';
import type { Emit } from '../spool/spool.ts';
import { countLines, type FileChange } from './file-change.ts';
import type { Todo } from './todos.ts';
import { type RunningTools, createRunningTools } from './running-tools.ts';

/** Texts are truncated to this number of characters: escaped as JSON in the worst case they still fit hived's limit. */
const MAX_TEXT = 10_000;
/** With the path and the rest of its event, a diff fits, too. */
const MAX_DIFF = 9_000;
const MAX_PATH = 500;
const MAX_TODOS = 50;
const MAX_TODO = 150;
const MAX_WORDS = 300;

/** The transcript of one turn: its events, and the counts for the turn's report. The same for all drivers. */
export interface Transcript {
  /** `within`: of a subagent, the call that started it. Its texts are not the turn's. */
  text(text: string, within?: string | null): void;
  thinking(text: string, within?: string | null): void;
  /**
   * `ofHive`: a tool of the hive, which does not count as work. `message`: the model's message that calls it, where
   * known.
   */
  toolCall(call: {
    id: string;
    name: string;
    input: unknown;
    ofHive: boolean;
    message?: string | null;
    within?: string | null;
  }): void;
  toolResult(result: { id: string; ok: boolean; text: string }): void;
  retry(retry: { attempt: number; delayMs: number; status: number | null; error: string }): void;
  /** `id` here and below: the tool call, where the CLI names it. */
  fileChange(id: string | null, change: FileChange): void;
  todos(id: string | null, items: readonly Todo[]): void;
  plan(text: string): void;
  compaction(sizes: { by?: 'cli' | 'request' | null; tokensBefore?: number | null; tokensAfter?: number | null }): void;
  subagent(
    id: string | null,
    step: { step: 'started' | 'done' | 'failed'; name: string; about: string; durationMs?: number | null },
  ): void;
  image(id: string | null, image: { path?: string | null; mediaType?: string | null; bytes?: number | null }): void;
  error(text: string): void;
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
    text(text, within = null) {
      if (text === '') return;
      if (within === null) newestText = text;
      emit('turn.text', { turn, ...cutText(text, MAX_TEXT), ...inside(within) });
    },
    thinking(text, within = null) {
      if (text !== '') emit('turn.thinking', { turn, ...cutText(text, MAX_TEXT), ...inside(within) });
    },
    toolCall({ id, name, input, ofHive, message = null, within = null }) {
      toolCalls += 1;
      if (!ofHive) workCalls += 1;
      tools.begin({ id, name, message });
      const { text, truncated } = cutText(JSON.stringify(input ?? {}), MAX_TEXT);
      emit('turn.tool_call', { turn, id, tool: name, input: text, truncated, ...inside(within) });
    },
    toolResult({ id, ok, text }) {
      tools.end(id);
      emit('turn.tool_result', { turn, id, ok, ...cutText(text, MAX_TEXT) });
    },
    retry: ({ attempt, delayMs, status, error }) =>
      emit('turn.retry', { turn, attempt, delayMs, status, error: cutText(error, MAX_TEXT).text }),
    fileChange(id, { path, change, movedTo = null, diff }) {
      const counts = diff === null ? { added: null, removed: null } : countLines(diff);
      const cut = cutDiff(diff ?? '');
      emit('turn.file_change', {
        turn,
        id,
        path: cutText(path, MAX_PATH).text,
        change,
        movedTo: movedTo === null ? null : cutText(movedTo, MAX_PATH).text,
        ...counts,
        ...cut,
      });
    },
    todos(id, items) {
      const kept = items.slice(0, MAX_TODOS).map(({ text, state }) => ({ text: shorten(text, MAX_TODO), state }));
      emit('turn.todos', { turn, id, items: kept, truncated: items.length > MAX_TODOS });
    },
    plan(text) {
      if (text !== '') emit('turn.plan', { turn, ...cutText(text, MAX_TEXT) });
    },
    compaction: ({ by = null, tokensBefore = null, tokensAfter = null }) =>
      emit('turn.compaction', { turn, by, tokensBefore: whole(tokensBefore), tokensAfter: whole(tokensAfter) }),
    subagent: (id, { step, name, about, durationMs = null }) =>
      emit('turn.subagent', {
        turn,
        id,
        step,
        name: shorten(name, MAX_WORDS),
        about: shorten(about, MAX_WORDS),
        durationMs: whole(durationMs),
      }),
    image: (id, { path = null, mediaType = null, bytes = null }) =>
      emit('turn.image', {
        turn,
        id,
        path: path === null ? null : cutText(path, MAX_PATH).text,
        mediaType: mediaType === null ? null : shorten(mediaType, 100),
        bytes: whole(bytes),
      }),
    error(text) {
      if (text !== '') emit('turn.error', { turn, ...cutText(text, MAX_TEXT) });
    },
    inContext: (messages) => {
      if (messages.length > 0) emit('delivery.in_context', { turn, messages: [...messages] });
    },
    tools,
    counts: () => ({ toolCalls, workCalls, toolsMs: tools.busyMs() }),
    newestText: () => newestText,
  };
}

function inside(within: string | null): { within?: string } {
  return within === null ? {} : { within };
}

/** A diff is cut between lines. */
function cutDiff(diff: string): { diff: string; truncated: boolean } {
  const { text, truncated } = cutText(diff, MAX_DIFF);
  return { diff: truncated ? text.slice(0, text.lastIndexOf('\n') + 1) : text, truncated };
}

/** Figures of other programs are counts, whatever they wrote. */
function whole(figure: number | null): number | null {
  return figure === null || !Number.isFinite(figure) || figure < 0 ? null : Math.round(figure);
}
