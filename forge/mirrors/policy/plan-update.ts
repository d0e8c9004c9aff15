/** A branch or tag that moves from one object to another; null: it is not there before, or afterwards. */
export interface RefMove {
  readonly ref: string;
  readonly from: string | null;
  readonly to: string | null;
}

/**
 * The moves that make a repository's branches and tags those of the server that it follows, in steps of which each is
 * carried out as a whole. One step, except where git needs an order: a name that is in the way of a new one (`a` of
 * `a/b`) is deleted before; the branch that a clone checks out is deleted after another one took its place.
 */
export function planUpdate(
  present: { readonly refs: ReadonlyMap<string, string>; readonly defaultBranch: string },
  upstream: ReadonlyMap<string, string>,
): RefMove[][] {
  const names = [...new Set([...present.refs.keys(), ...upstream.keys()])].sort();
  const moves = names
    .map((ref) => ({ ref, from: present.refs.get(ref) ?? null, to: upstream.get(ref) ?? null }))
    .filter(({ from, to }) => from !== to);
  const made = moves.filter(({ from }) => from === null).map(({ ref }) => ref);
  const isInTheWay = ({ ref, to }: RefMove) =>
    to === null && made.some((other) => other.startsWith(`${ref}/`) || ref.startsWith(`${other}/`));
  const isCheckedOut = ({ ref, to }: RefMove) => to === null && ref === `refs/heads/${present.defaultBranch}`;
  return [
    moves.filter((move) => isInTheWay(move) && !isCheckedOut(move)),
    moves.filter((move) => !isInTheWay(move) && !isCheckedOut(move)),
    moves.filter(isCheckedOut),
  ].filter((step) => step.length > 0);
}
