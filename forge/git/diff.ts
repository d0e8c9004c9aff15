import type { ChangedFile } from '../../protocol/schemas/pull.ts';
import type { CommitView } from '../../protocol/schemas/repo.ts';
import { parseCommits } from './look.ts';
import { COMPARE } from './policy.ts';
import { type Git, gitFailed } from './process.ts';

/** What `head` changed since it left `base` at `fork`. All are object ids, in the repository at `path`. */
export interface Range {
  readonly path: string;
  readonly base: string;
  readonly fork: string;
  readonly head: string;
}

/** No programs of the repository's or the host's configuration take part. */
const PLAIN = ['--no-color', '--no-ext-diff', '--no-textconv', '--find-renames', '--full-index'];

/** A caller holds one of a few places for readers meanwhile. */
export const LONGEST_READ_MS = 20_000;
/** A longer diff is cut off (bytes). */
export const MOST_DIFF_BYTES = 8 * 1024 * 1024;

/** The diff as text, of one file where `file` is given. */
export async function readDiff(
  git: Git,
  { path, fork, head }: Range,
  file: string | undefined,
): Promise<{ text: string; isCut: boolean }> {
  const only = file === undefined ? [] : [`:(literal,top)${file}`];
  const argv = ['diff', ...PLAIN, fork, head, '--', ...only];
  const options = { maxBytes: MOST_DIFF_BYTES, limitMs: LONGEST_READ_MS };
  const { code, stdout, stderr, isCut } = await git.ask([...COMPARE, `--git-dir=${path}`, ...argv], options);
  if (code !== 0 && !isCut) throw gitFailed(code, stderr);
  return { text: stdout, isCut };
}

/** The changed files with their figures. */
export async function listChangedFiles(git: Git, { path, fork, head }: Range): Promise<ChangedFile[]> {
  const argv = ['diff', ...PLAIN, '--numstat', '-z', fork, head, '--'];
  const text = await git.run([...COMPARE, `--git-dir=${path}`, ...argv], { limitMs: LONGEST_READ_MS });
  const parts = text.split('\0');
  const files: ChangedFile[] = [];
  for (let at = 0; at < parts.length - 1; at += 1) {
    const [added = '', removed = '', name = ''] = (parts[at] ?? '').split('\t');
    const count = (figure: string) => (figure === '-' ? null : Number(figure));
    // A renamed file: its two names follow.
    const path = name === '' ? (parts[(at += 2)] ?? '') : name;
    files.push({ path, added: count(added), removed: count(removed) });
  }
  return files;
}

/** The paths that differ between two commits or trees, both names of what moved; at most `limit`. */
export async function listChangedPaths(
  git: Git,
  { path, from, to, env = {} }: { path: string; from: string; to: string; env?: Readonly<Record<string, string>> },
  limit: number,
): Promise<string[]> {
  const argv = ['diff', '--no-ext-diff', '--no-renames', '--name-only', '-z', from, to, '--'];
  const text = await git.run([`--git-dir=${path}`, ...argv], { env, limitMs: LONGEST_READ_MS });
  return text.split('\0', limit).filter((name) => name !== '');
}

/** How many commits `base` has that `head` lacks, at most `limit`. */
export async function countBehind(git: Git, { path, base, fork, head }: Range, limit: number): Promise<number> {
  if (fork === base) return 0;
  const argv = ['rev-list', '--count', `--max-count=${limit}`, `${head}..${base}`];
  return Number(await git.run([`--git-dir=${path}`, ...argv], { limitMs: LONGEST_READ_MS }));
}

/** What became of a file, in git's words. */
export const FILE_CHANGES = { A: 'added', M: 'modified', D: 'deleted', R: 'renamed', T: 'modified' } as const;

export interface FileChange extends ChangedFile {
  readonly change: (typeof FILE_CHANGES)[keyof typeof FILE_CHANGES];
  /** Its name before, if it was renamed. */
  readonly before: string | null;
}

/** The changed files with what became of each. */
export async function listFileChanges(git: Git, range: Range): Promise<FileChange[]> {
  const { path, fork, head } = range;
  const argv = ['diff', ...PLAIN, '--name-status', '-z', fork, head, '--'];
  const [files, text] = [
    await listChangedFiles(git, range),
    await git.run([...COMPARE, `--git-dir=${path}`, ...argv], { limitMs: LONGEST_READ_MS }),
  ];
  const parts = text.split('\0');
  const changes = new Map<string, Pick<FileChange, 'change' | 'before'>>();
  for (let at = 0; at < parts.length - 1; at += 2) {
    const letter = (parts[at] ?? '').charAt(0) as keyof typeof FILE_CHANGES;
    const before = letter === 'R' ? (parts[(at += 1)] ?? null) : null;
    changes.set(parts[at + 1] ?? '', { change: FILE_CHANGES[letter] ?? 'modified', before });
  }
  return files.map((file) => ({ ...file, ...(changes.get(file.path) ?? { change: 'modified', before: null }) }));
}

/** The commits that `head` has and `base` lacks, the newest first. */
export async function listNewCommits(git: Git, { path, base, head }: Range, limit: number): Promise<CommitView[]> {
  const format = '--format=%H%x00%s%x00%an%x00%ct';
  const argv = ['-c', 'log.showSignature=false', 'log', '--no-color', `--max-count=${limit}`, format];
  const text = await git.run([`--git-dir=${path}`, ...argv, `${base}..${head}`, '--'], { limitMs: LONGEST_READ_MS });
  return parseCommits(text);
}

/** The commit at which two histories part; null: they have nothing in common, or one commit is not there any more. */
export async function findFork(git: Git, { path, base, head }: Omit<Range, 'fork'>): Promise<string | null> {
  const argv = [`--git-dir=${path}`, 'cat-file', '--batch-check=%(objecttype)'];
  const types = (await git.run(argv, { input: `${base}\n${head}\n` })).trim().split('\n');
  if (!types.every((type) => type === 'commit')) return null;
  const { code, stdout, stderr } = await git.ask([`--git-dir=${path}`, 'merge-base', base, head]);
  if (code !== 0 && code !== 1) throw gitFailed(code, stderr);
  return code === 0 ? stdout.trim() : null;
}
