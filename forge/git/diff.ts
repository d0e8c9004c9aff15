import type { ChangedFile } from '../../protocol/schemas/pull.ts';
import type { CommitView } from '../../protocol/schemas/repo.ts';
import { parseCommits } from './look.ts';
import { COMPARE } from './policy.ts';
import type { Git } from './process.ts';

/** What `head` changed since it left `base`. Both are object ids, in the repository at `path`. */
export interface Range {
  readonly path: string;
  readonly base: string;
  readonly head: string;
}

/** No programs of the repository's or the host's configuration take part. */
const PLAIN = ['--no-color', '--no-ext-diff', '--no-textconv', '--find-renames'];

/** A caller holds one of a few places for readers meanwhile. */
const LONGEST_READ_MS = 20_000;
/** A longer diff is cut off (bytes). */
const MOST_DIFF_BYTES = 8 * 1024 * 1024;

/** The diff as text, of one file where `file` is given. */
export async function readDiff(
  git: Git,
  { path, base, head }: Range,
  file: string | undefined,
): Promise<{ text: string; isCut: boolean }> {
  const only = file === undefined ? [] : [`:(literal,top)${file}`];
  const argv = ['diff', ...PLAIN, `${base}...${head}`, '--', ...only];
  const options = { maxBytes: MOST_DIFF_BYTES, limitMs: LONGEST_READ_MS };
  const { stdout, isCut } = await git.ask([...COMPARE, `--git-dir=${path}`, ...argv], options);
  return { text: stdout, isCut };
}

/** The changed files with their figures. */
export async function listChangedFiles(git: Git, { path, base, head }: Range): Promise<ChangedFile[]> {
  const argv = ['diff', ...PLAIN, '--numstat', '-z', `${base}...${head}`, '--'];
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

/** The commits that `head` has and `base` lacks, the newest first. */
export async function listNewCommits(git: Git, { path, base, head }: Range, limit: number): Promise<CommitView[]> {
  const format = '--format=%H%x00%s%x00%an%x00%ct';
  const argv = ['-c', 'log.showSignature=false', 'log', '--no-color', `--max-count=${limit}`, format];
  const text = await git.run([`--git-dir=${path}`, ...argv, `${base}..${head}`, '--'], { limitMs: LONGEST_READ_MS });
  return parseCommits(text);
}

/** Whether the repository has both commits. */
export async function hasCommits(git: Git, { path, base, head }: Range): Promise<boolean> {
  const argv = [`--git-dir=${path}`, 'cat-file', '--batch-check=%(objecttype)'];
  const types = (await git.run(argv, { input: `${base}\n${head}\n` })).trim().split('\n');
  return types.every((type) => type === 'commit');
}
