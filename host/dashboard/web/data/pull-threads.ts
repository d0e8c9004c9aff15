import type { PullEntry } from '../../../../protocol/schemas/pull.ts';

/** A comment at a place in a file, and its answers. */
export interface Thread {
  readonly root: PullEntry;
  readonly replies: readonly PullEntry[];
}

/** The threads at places of files, the oldest first. An answer whose beginning was left out begins one itself. */
export function listThreads(entries: readonly PullEntry[]): Thread[] {
  const ids = new Set(entries.map(({ id }) => id));
  const isReply = ({ replyTo }: PullEntry) => replyTo !== null && ids.has(replyTo);
  return entries
    .filter((entry) => entry.path !== null && !isReply(entry))
    .map((root) => ({ root, replies: repliesTo(entries, root.id) }));
}

export function repliesTo(entries: readonly PullEntry[], id: number): PullEntry[] {
  return entries.filter(({ replyTo }) => replyTo === id);
}
