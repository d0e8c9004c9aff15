import { readTodos } from '../todos.ts';
import type { Transcript } from '../transcript.ts';
import type { Dialect, ShownTool } from './dialect.ts';
import type { SessionUpdate, ToolUpdate } from './read-line.ts';
import { showWork } from './show-work.ts';

type Chunk = Extract<SessionUpdate, { content: object; sessionUpdate: `agent_${string}` }>;
type ChunkKind = Chunk['sessionUpdate'];

/** Writes a turn's updates into its transcript. Texts come in pieces: one ends where something else begins. */
export function showUpdates(
  transcript: Transcript,
  dialect: Pick<Dialect, 'readTool' | 'readChange'>,
): {
  add(update: SessionUpdate): void;
  /** The turn is over. */
  end(): void;
  /** The model wrote text or called a tool. */
  answered(): boolean;
} {
  /** The first update of each call, and the call as it was written; null: not yet. */
  const calls = new Map<string, { first: ToolUpdate; shown: ShownTool | null }>();
  let piece: { kind: ChunkKind; text: string } | null = null;
  let answered = false;

  function endPiece(): void {
    if (piece?.kind === 'agent_message_chunk') transcript.text(piece.text);
    if (piece?.kind === 'agent_thought_chunk') transcript.thinking(piece.text);
    piece = null;
  }

  function addText(kind: ChunkKind, text: string): void {
    if (piece?.kind !== kind) endPiece();
    piece = { kind, text: (piece?.text ?? '') + text };
    answered ||= kind === 'agent_message_chunk';
  }

  function addTool(update: ToolUpdate): void {
    endPiece();
    answered = true;
    const { toolCallId: id, status, content } = update;
    const call = calls.get(id) ?? { first: update, shown: null };
    calls.set(id, call);
    if (call.shown === null) show(id, call, update);
    if (status !== 'completed' && status !== 'failed') return;
    const ok = status === 'completed';
    showWork(transcript, { newest: update, shown: call.shown, ok }, dialect);
    const text = (content ?? []).map((part) => part.content?.text ?? `[${part.path ?? part.type}]`).join('\n');
    transcript.toolResult({ id, ok, text });
  }

  function show(id: string, call: { first: ToolUpdate; shown: ShownTool | null }, update: ToolUpdate): void {
    const shown = dialect.readTool(call.first, update);
    if (shown === null) return;
    call.shown = shown;
    const { todos = null, subagent = null, ...tool } = shown;
    transcript.toolCall({ id, ...tool });
    if (todos !== null) transcript.todos(id, todos);
    if (subagent !== null) transcript.subagent(id, { step: 'started', ...subagent });
  }

  return {
    add(update) {
      if ('toolCallId' in update) addTool(update);
      else if (update.sessionUpdate === 'plan') transcript.todos(null, readTodos(update.entries) ?? []);
      else addText(update.sessionUpdate, update.content.text ?? `[${update.content.type}]`);
    },
    end: endPiece,
    answered: () => answered,
  };
}
