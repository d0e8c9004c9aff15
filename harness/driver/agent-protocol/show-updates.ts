import type { Transcript } from '../transcript.ts';
import type { Dialect } from './dialect.ts';
import type { SessionUpdate, ToolUpdate } from './read-line.ts';

type ChunkKind = Exclude<SessionUpdate, ToolUpdate>['sessionUpdate'];

/** Writes a turn's updates into its transcript. Texts come in pieces: one ends where something else begins. */
export function showUpdates(
  transcript: Transcript,
  readTool: Dialect['readTool'],
): {
  add(update: SessionUpdate): void;
  /** The turn is over. */
  end(): void;
  /** The model wrote text or called a tool. */
  answered(): boolean;
} {
  /** The first update of each call, and whether the call was written. */
  const calls = new Map<string, { first: ToolUpdate; isShown: boolean }>();
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
    const isOver = status === 'completed' || status === 'failed';
    const call = calls.get(id) ?? { first: update, isShown: false };
    calls.set(id, call);
    const shown = call.isShown ? null : readTool(call.first, update);
    if (shown !== null) {
      call.isShown = true;
      transcript.toolCall({ id, ...shown });
    }
    if (!isOver) return;
    const text = (content ?? []).map((part) => part.content?.text ?? `[${part.path ?? part.type}]`).join('\n');
    transcript.toolResult({ id, ok: status === 'completed', text });
  }

  return {
    add(update) {
      if ('toolCallId' in update) addTool(update);
      else addText(update.sessionUpdate, update.content.text ?? `[${update.content.type}]`);
    },
    end: endPiece,
    answered: () => answered,
  };
}
