import { followLine, type Hunk, readLineMoves } from '../git/line-moves.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import type { Entry } from '../store/pull-entries.ts';

/** Changes that are looked at for one description: comments beyond stay where they were, marked as outdated. */
const MOST_FOLLOWED = 60;

/** Where the line of a comment is in the head's newest commit; null: that line was changed, or cannot be followed. */
export type LinesNow = ReadonlyMap<number, number | null>;

/** Follows the lines of comments from the commits that they are about to the newest one. */
export async function placeComments(
  { git }: Pick<ForgeCore, 'git'>,
  entries: readonly Pick<Entry, 'id' | 'oid' | 'path' | 'line'>[],
  { path, head }: { path: string; head: string },
): Promise<LinesNow> {
  const moves = new Map<string, readonly Hunk[] | null>();
  const lines = new Map<number, number | null>();
  // The newest ones first: they are read most.
  for (const { id, oid, path: file, line } of entries.toReversed()) {
    if (file === null || line === null) continue;
    const key = `${oid} ${file}`;
    if (!moves.has(key) && moves.size < MOST_FOLLOWED)
      moves.set(key, await readLineMoves(git, path, { from: oid, to: head, file }).catch(() => null));
    const hunks = moves.get(key) ?? null;
    lines.set(id, hunks === null ? null : followLine(hunks, line));
  }
  return lines;
}
