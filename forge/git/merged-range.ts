import type { Git } from './process.ts';

/** A pull request that was merged: its base before, its head, and its base when the pull request had ended. */
export interface MergedPull {
  readonly path: string;
  readonly base: string;
  readonly head: string;
  readonly tip: string;
}

/** The commits of the base before and after exactly what a pull request brought. */
export interface MergedRange {
  readonly before: string;
  readonly after: string;
}

/** Steps of the base that are looked at. */
const MOST_STEPS = 1_000;

/**
 * Finds what a pull request brought onto its base, whatever else came with the same move of the base. Null: it cannot
 * be told apart from other changes. `isAlone`: the base moved by this pull request's merge and nothing else; without
 * its head in the history (a squash, a rebase) only that tells.
 */
export async function findMergedRange(
  git: Git,
  { path, base, head, tip }: MergedPull,
  isAlone: boolean,
): Promise<MergedRange | null> {
  if (head === tip) return { before: base, after: tip };
  const argv = ['rev-list', '--first-parent', '--parents', `--max-count=${MOST_STEPS + 1}`, `${base}..${tip}`];
  const text = await git.run([`--git-dir=${path}`, ...argv]);
  const steps = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' '));
  if (steps.length > MOST_STEPS || steps.at(-1)?.[1] !== base) return null;
  const merges = steps.filter(([, , ...others]) => others.includes(head));
  if (merges.length > 0) {
    const [after = '', before = '', ...more] = merges[0] ?? [];
    return merges.length === 1 && more.length === 1 ? { before, after } : null;
  }
  if (steps.some(([commit]) => commit === head)) return { before: base, after: head };
  return isAlone && steps.every(({ length }) => length === 2) ? { before: base, after: tip } : null;
}
