import { commitTree, mergeTrees } from './merge.ts';
import type { Git } from './process.ts';

/** What a head has that the commit lacks at which it left its base. */
export interface Change {
  readonly fork: string;
  readonly head: string;
}

/** The repository, and where objects are kept that are only tried. */
export interface Scratch {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Whether `now` is the change `before` on another fork, and nothing else: git's own merge of the earlier change onto
 * the later fork has exactly the files of the later head, with their modes. A patch-id would not tell: it leaves out
 * white space and the places of lines, and in older versions of git what binary files contain.
 */
export async function isSameChange(
  git: Git,
  scratch: Scratch,
  { before, now }: { before: Change; now: Change },
): Promise<boolean> {
  if (before.fork === now.fork && before.head === now.head) return true;
  const carried = await carryOver(git, scratch, { change: before, onto: now.fork });
  return carried !== null && carried === (await treeOf(git, scratch, now.head));
}

/** Whether a merge of `head` into `base` brings the change `before` and nothing else. */
export async function bringsSameChange(
  git: Git,
  scratch: Scratch,
  { before, base, head }: { before: Change; base: string; head: string },
): Promise<boolean> {
  const carried = await carryOver(git, scratch, { change: before, onto: base });
  const merged = await mergeTrees(git, { ...scratch, base, head });
  return carried !== null && 'tree' in merged && merged.tree === carried;
}

/** The tree of a change made on another commit; null: it conflicts with that. */
async function carryOver(
  git: Git,
  scratch: Scratch,
  { change, onto }: { change: Change; onto: string },
): Promise<string | null> {
  const nobody = { name: 'system', at: 0 };
  const signed = { ...scratch, author: nobody, committer: nobody };
  // A stand-in with the files of the other commit, whose parent is the fork: the merge's base is the fork.
  const stand = { tree: await treeOf(git, scratch, onto), parents: [change.fork], message: 'base\n' };
  const base = await commitTree(git, signed, stand);
  const merged = await mergeTrees(git, { ...scratch, base, head: change.head });
  return 'tree' in merged ? merged.tree : null;
}

async function treeOf(git: Git, { path, env }: Scratch, commit: string): Promise<string> {
  return (await git.run([`--git-dir=${path}`, 'rev-parse', `${commit}^{tree}`], { env })).trim();
}
