import type { Transcript } from '../transcript.ts';
import { nameTool } from './name-tool.ts';
import type { SessionUpdate } from './read-line.ts';

type ToolUpdate = Extract<SessionUpdate, { toolCallId: string }>;
type ChunkKind = Exclude<SessionUpdate, ToolUpdate>['sessionUpdate'];

/** Writes a turn's updates into its transcript. Texts come in pieces: one ends where something else begins. */
export function showUpdates(transcript: Transcript): {
  add(update: SessionUpdate): void;
  /** The turn is over. */
  end(): void;
  /** The model wrote text or called a tool. */
  answered(): boolean;
} {
  const calls = new Set<string>();
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

  function addTool({ toolCallId: id, title, status, rawInput, content }: ToolUpdate): void {
    endPiece();
    answered = true;
    if (!calls.has(id)) {
      calls.add(id);
      transcript.toolCall({ id, ...nameTool(title), input: rawInput });
    }
    if (status !== 'completed' && status !== 'failed') return;
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
