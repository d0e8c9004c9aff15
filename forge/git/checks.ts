import { CHECKS_FILE } from '../../protocol/schemas/check.ts';
import { type Git, gitFailed } from './process.ts';

const MOST_FILE_BYTES = 64 * 1024;
const MOST_NAMES_BYTES = 4 * 1024 * 1024;
const LONGEST_MS = 30_000;

/** The checks' file at a commit: its text, why it is no readable file, or null when there is none. */
export async function readChecksFile(
  git: Git,
  path: string,
  commit: string,
): Promise<{ readonly text: string } | { readonly unreadable: string } | null> {
  const listed = await git.run([`--git-dir=${path}`, 'ls-tree', '-z', '--full-tree', '-l', commit, '--', CHECKS_FILE]);
  if (listed === '') return null;
  const [, mode, kind, oid, size] = /^(\d+) (\w+) ([0-9a-f]+) +(\d+|-)\t/.exec(listed) ?? [];
  if (kind !== 'blob' || oid === undefined) return { unreadable: 'it is no file' };
  if (mode === '120000') return { unreadable: 'it is a symbolic link' };
  if (Number(size) > MOST_FILE_BYTES) return { unreadable: `it is larger than ${MOST_FILE_BYTES / 1024} KiB` };
  return { text: await git.run([`--git-dir=${path}`, 'cat-file', 'blob', oid]) };
}

/** Whether a commit has that file, whatever it is. */
export async function hasChecksFile(git: Git, path: string, commit: string): Promise<boolean> {
  const argv = ['ls-tree', '-z', '--full-tree', '--name-only', commit, '--', CHECKS_FILE];
  return (await git.run([`--git-dir=${path}`, ...argv])) !== '';
}

/** The files of a commit as a tree; null: the commit is not there any more. */
export async function treeOf(git: Git, path: string, commit: string): Promise<string | null> {
  const argv = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${commit}^{tree}`];
  const { code, stdout } = await git.ask([`--git-dir=${path}`, ...argv]);
  return code === 0 ? stdout.trim() : null;
}

/** The ids of the contents of files at a commit; those that are not there are left out. */
export async function readContentIds(
  git: Git,
  path: string,
  { commit, files }: { commit: string; files: readonly string[] },
): Promise<Map<string, string>> {
  if (files.length === 0) return new Map();
  const argv = ['--literal-pathspecs', `--git-dir=${path}`, 'ls-tree', '-z', '--full-tree', commit, '--', ...files];
  const listed = await git.run(argv);
  const rows = listed.split('\0').map((row) => /^\d+ \w+ ([0-9a-f]+)\t(.*)$/s.exec(row));
  return new Map(rows.flatMap((row) => (row === null ? [] : [[row[2] ?? '', row[1] ?? ''] as const])));
}

/** The files that differ between two commits; null: too many to list. */
export async function listChangedPaths(
  git: Git,
  path: string,
  { from, to }: { from: string; to: string },
): Promise<string[] | null> {
  const argv = ['diff-tree', '-r', '-z', '--name-only', '--no-renames', from, to, '--'];
  const options = { maxBytes: MOST_NAMES_BYTES, limitMs: LONGEST_MS };
  const { code, stdout, stderr, isCut } = await git.ask([`--git-dir=${path}`, ...argv], options);
  if (isCut) return null;
  if (code !== 0) throw gitFailed(code, stderr);
  return stdout.split('\0').filter((name) => name !== '');
}

/** The ref that keeps the commit of a suite while it runs, and the one thing that its runs may fetch. */
export function suiteRef(suite: number): string {
  return `refs/checks/${suite}`;
}

export async function keepSuiteCommit(git: Git, path: string, suite: { id: number; commit: string }): Promise<void> {
  await keepCommitAt(git, path, { ref: suiteRef(suite.id), commit: suite.commit });
}

export async function keepCommitAt(git: Git, path: string, at: { ref: string; commit: string }): Promise<void> {
  await git.run([`--git-dir=${path}`, 'update-ref', at.ref, at.commit]);
}

/** The suites whose commits are kept. */
export async function keptSuites(git: Git, path: string): Promise<number[]> {
  const refs = await git.run([`--git-dir=${path}`, 'for-each-ref', '--format=%(refname)', 'refs/checks/']);
  return refs.split('\n').flatMap((ref) => (ref === '' ? [] : [Number(ref.slice('refs/checks/'.length))]));
}

export async function dropSuiteCommits(git: Git, path: string, suites: readonly number[]): Promise<void> {
  if (suites.length === 0) return;
  const input = suites.map((id) => `delete ${suiteRef(id)}\n`).join('');
  await git.run([`--git-dir=${path}`, 'update-ref', '--stdin'], { input });
}
