import { compareTexts, type FileChange } from '../file-change.ts';
import type { Transcript } from '../transcript.ts';
import type { Dialect, ShownTool } from './dialect.ts';
import type { ToolUpdate } from './read-line.ts';

/** Writes what a call did into the transcript, beside its answer: changes of files, pictures, the end of a subagent. */
export function showWork(
  transcript: Transcript,
  call: { newest: ToolUpdate; shown: ShownTool | null; ok: boolean },
  { readChange }: Pick<Dialect, 'readChange'>,
): void {
  const { newest, shown, ok } = call;
  const id = newest.toolCallId;
  if (ok) {
    const own = readChange?.(shown, newest) ?? null;
    for (const change of own === null ? changesOf(newest) : [own]) transcript.fileChange(id, change);
  }
  for (const { content } of newest.content ?? []) {
    if (content?.type !== 'image') continue;
    const { mimeType: mediaType = null, data, uri: path = null } = content;
    transcript.image(id, { path, mediaType, bytes: data === undefined ? null : Buffer.byteLength(data, 'base64') });
  }
  const subagent = shown?.subagent ?? null;
  if (subagent !== null) transcript.subagent(id, { step: ok ? 'done' : 'failed', ...subagent });
}

/** The protocol has the texts before and after; no text before means a new file. */
function changesOf({ content }: ToolUpdate): FileChange[] {
  return (content ?? []).flatMap(({ type, path, oldText, newText }): FileChange[] => {
    if (type !== 'diff' || path === undefined || newText === undefined) return [];
    const before = oldText ?? '';
    const change = before === '' ? 'added' : 'changed';
    return [{ path, change, diff: compareTexts(before, newText) }];
  });
}
