import { commitTree, type Signature } from './merge.ts';
import { type Git, gitFailed } from './process.ts';

/** A file of a commit. */
export interface FileAt {
  readonly mode: string;
  readonly oid: string;
  readonly text: string;
}

/** Larger files are not changed by the forge (bytes). */
const MOST_BYTES = 1024 * 1024;

/** A text file at a commit; null: it is no file, too large, or no UTF-8. */
export async function readTextFile(
  git: Git,
  path: string,
  { commit, file }: { commit: string; file: string },
): Promise<FileAt | null> {
  const listed = await git.run([
    `--git-dir=${path}`,
    'ls-tree',
    '-z',
    '--full-tree',
    commit,
    '--',
    `:(literal)${file}`,
  ]);
  const [, mode, oid] = /^(100(?:644|755)) blob ([0-9a-f]+)\t/.exec(listed) ?? [];
  if (mode === undefined || oid === undefined) return null;
  const {
    code,
    stdout: text,
    stderr,
    isCut,
  } = await git.ask([`--git-dir=${path}`, 'cat-file', 'blob', oid], {
    maxBytes: MOST_BYTES,
  });
  if (isCut) return null;
  if (code !== 0) throw gitFailed(code, stderr);
  // What is no UTF-8 was replaced while it was read, and has another id.
  const again = await git.run([`--git-dir=${path}`, 'hash-object', '--stdin', '--no-filters'], { input: text });
  return again.trim() === oid ? { mode, oid, text } : null;
}

/** A commit with another text of one file. */
export interface FileChange {
  readonly path: string;
  readonly parent: string;
  readonly file: string;
  readonly mode: string;
  readonly text: string;
  readonly message: string;
  readonly by: Signature;
  /** A path for git's index, which is not there before. */
  readonly index: string;
}

/** Makes the commit; moves no ref. */
export async function commitFile(git: Git, change: FileChange): Promise<string> {
  const { path, parent, file, mode, text, message, by } = change;
  const dir = `--git-dir=${path}`;
  const env = { GIT_INDEX_FILE: change.index };
  const oid = (await git.run([dir, 'hash-object', '-w', '--stdin', '--no-filters'], { input: text })).trim();
  await git.run([dir, 'read-tree', parent], { env });
  await git.run([dir, 'update-index', '-z', '--index-info'], { env, input: `${mode} ${oid}\t${file}\0` });
  const tree = (await git.run([dir, 'write-tree'], { env })).trim();
  return commitTree(git, { path, author: by, committer: by }, { tree, parents: [parent], message });
}
