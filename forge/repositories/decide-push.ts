import type { Limits } from '../limits.ts';
import type { PushCommand } from '../store/pushes.ts';
import type { OwnerUse } from '../store/repositories.ts';

/**
 * Why a push is refused before git receives it, in one line; null when it may go on. `refs`: the full names the
 * repository has. Commands take effect in order, as git applies them.
 */
export function decidePush(
  push: { owner: string; commands: readonly PushCommand[]; refs: Iterable<string> },
  use: Pick<OwnerUse, 'refs'>,
  limits: Pick<Limits, 'maxOwnerRefs'>,
): string | null {
  const names = new Set(push.refs);
  const before = names.size;
  /** Number of refs below a name, and one of them. */
  const below = new Map<string, { count: number; example: string }>();
  const add = (ref: string) => {
    names.add(ref);
    for (const parent of parentsOf(ref))
      below.set(parent, { count: (below.get(parent)?.count ?? 0) + 1, example: ref });
  };
  const remove = (ref: string) => {
    if (!names.delete(ref)) return;
    for (const parent of parentsOf(ref)) {
      const entry = below.get(parent);
      if (entry === undefined) continue;
      if (entry.count === 1) below.delete(parent);
      else below.set(parent, { count: entry.count - 1, example: entry.example === ref ? parent : entry.example });
    }
  };
  for (const ref of names) add(ref);
  for (const { ref, new: oid } of push.commands) {
    if (oid === null) {
      remove(ref);
      continue;
    }
    if (names.has(ref)) continue;
    const inTheWay = parentsOf(ref).find((parent) => names.has(parent)) ?? below.get(ref)?.example;
    if (inTheWay !== undefined) return explainConflict(ref, inTheWay);
    add(ref);
  }
  const more = names.size - before;
  if (more > 0 && use.refs + more > limits.maxOwnerRefs)
    return `${push.owner} has ${use.refs} branches and tags; it may have ${limits.maxOwnerRefs}`;
  return null;
}

/** The parents of a ref's name: `refs/heads/a` for `refs/heads/a/b`. */
function parentsOf(ref: string): string[] {
  const parts = ref.split('/');
  return parts.slice(3).map((_part, index) => parts.slice(0, index + 3).join('/'));
}

function explainConflict(ref: string, inTheWay: string): string {
  const other = shorten(inTheWay);
  return inTheWay === ref
    ? `names below ${shorten(ref)} are taken: choose another name`
    : `${shorten(ref)} cannot be beside ${other}: choose another name, or delete ${other} first`;
}

function shorten(ref: string): string {
  return ref.replace(/^refs\/(?:heads|tags)\//, '');
}
