import type { BlameRun, SearchHit, TreeEntry, TreeKind } from '../../protocol/schemas/browse.ts';
import type { CommitView } from '../../protocol/schemas/repo.ts';
import { shorten } from '../../system/text/cut-text.ts';
import { parseCommits } from './look.ts';
import { COMPARE } from './policy.ts';
import { type Git, gitFailed } from './process.ts';

/** A path at a commit of the repository in the directory `dir`; an empty path is the root. */
export interface PathAt {
  readonly dir: string;
  readonly commit: string;
  readonly path: string;
}

/** A caller has one of a few places for readers meanwhile. */
const LONGEST_READ_MS = 10_000;
const MOST_TREE_BYTES = 8 * 1024 * 1024;

interface TreeLine extends TreeEntry {
  readonly oid: string;
}

const KINDS: Readonly<Record<string, TreeKind>> = {
  '040000': 'directory',
  '100644': 'file',
  '100755': 'file',
  '120000': 'symlink',
  '160000': 'submodule',
};

/** The entries of a directory, or the entry of the path itself; null: there is none. */
export async function listTree(git: Git, { dir, commit, path }: PathAt, of: 'inside' | 'itself') {
  const only = path === '' ? [] : ['--', `:(literal)${path}${of === 'inside' ? '/' : ''}`];
  const argv = [`--git-dir=${dir}`, 'ls-tree', '-z', '-l', '--full-tree', commit, ...only];
  const { code, stdout, stderr, isCut } = await git.ask(argv, { limitMs: LONGEST_READ_MS, maxBytes: MOST_TREE_BYTES });
  if (code !== 0 && !isCut) throw gitFailed(code, stderr);
  return stdout.split('\0').flatMap((line) => parseTreeLine(line) ?? []);
}

function parseTreeLine(line: string): TreeLine | null {
  const [, mode = '', oid = '', size = '', path = ''] = /^(\d+) \w+ ([0-9a-f]+) +(\d+|-)\t([\s\S]+)$/.exec(line) ?? [];
  const kind = KINDS[mode.padStart(6, '0')];
  if (kind === undefined) return null;
  return { name: path.slice(path.lastIndexOf('/') + 1), kind, size: size === '-' ? null : Number(size), oid };
}

/** The text of a blob; null: it is no text in UTF-8. */
export async function readBlobText(git: Git, dir: string, oid: string): Promise<string | null> {
  const text = await git.run([`--git-dir=${dir}`, 'cat-file', 'blob', oid], { limitMs: LONGEST_READ_MS });
  // What is no UTF-8 has replacement characters; a text may have its own.
  if (text.includes('\0')) return null;
  return text.includes('\uFFFD') && Buffer.byteLength(text) !== (await sizeOf(git, dir, oid)) ? null : text;
}

async function sizeOf(git: Git, dir: string, oid: string): Promise<number> {
  return Number(await git.run([`--git-dir=${dir}`, 'cat-file', '-s', oid]));
}

/** The commits that changed a path, the newest first. */
export async function listHistory(
  git: Git,
  { dir, commit, path }: PathAt,
  { skip, limit }: { skip: number; limit: number },
): Promise<CommitView[]> {
  const range = [`--skip=${skip}`, `--max-count=${limit}`, '--format=%H%x00%s%x00%an%x00%ct'];
  const argv = ['-c', 'log.showSignature=false', 'log', '--no-color', ...range, commit, '--'];
  const only = path === '' ? [] : [`:(literal,top)${path}`];
  const text = await git.run([`--git-dir=${dir}`, ...argv, ...only], { limitMs: LONGEST_READ_MS });
  return parseCommits(text);
}

/** With which commits the lines of a file came. */
export async function blame(git: Git, { dir, commit, path }: PathAt): Promise<BlameRun[]> {
  const argv = [...COMPARE, `--git-dir=${dir}`, 'blame', '--porcelain', commit, '--', path];
  return parseBlame(await git.run(argv, { limitMs: LONGEST_READ_MS }));
}

/** Reads git's porcelain: what is known of a commit stands where it is named first. */
export function parseBlame(text: string): BlameRun[] {
  const commits = new Map<string, { oid: string; summary: string; author: string; at: number }>();
  const runs: { oid: string; line: number; lines: number }[] = [];
  let current = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('\t')) continue;
    const [, oid, final, count] = /^([0-9a-f]{40}) \d+ (\d+)(?: (\d+))?$/.exec(line) ?? [];
    if (oid !== undefined) {
      current = oid;
      if (!commits.has(oid)) commits.set(oid, { oid, summary: '', author: '', at: 0 });
      if (count !== undefined) runs.push({ oid, line: Number(final), lines: Number(count) });
      continue;
    }
    const known = commits.get(current);
    if (known === undefined) continue;
    if (line.startsWith('author ')) known.author = shorten(line.slice('author '.length), 100);
    if (line.startsWith('summary ')) known.summary = shorten(line.slice('summary '.length), 200);
    if (line.startsWith('author-time ')) {
      // An author chooses the date freely; an out-of-range one becomes 0.
      const at = Number(line.slice('author-time '.length)) * 1000;
      known.at = Number.isSafeInteger(at) && at >= 0 ? at : 0;
    }
  }
  return runs.map(({ oid, line, lines }) => ({ commit: commits.get(oid)!, line, lines }));
}

const MOST_HITS = 200;
const MOST_HIT_BYTES = 1024 * 1024;
const MOST_OF_LINE = 300;

/** Lines of text files that have a text, in the order of paths. */
export async function searchFiles(
  git: Git,
  { dir, commit }: Omit<PathAt, 'path'>,
  query: string,
): Promise<{ hits: SearchHit[]; more: boolean }> {
  const argv = [
    'grep',
    '-z',
    '-n',
    '-I',
    '-i',
    '-F',
    '--no-color',
    '--threads=1',
    '--max-count=50',
    '-e',
    query,
    commit,
  ];
  const options = { limitMs: LONGEST_READ_MS, maxBytes: MOST_HIT_BYTES };
  const { code, stdout, stderr, isCut } = await git.ask([`--git-dir=${dir}`, ...argv, '--'], options);
  if (code !== 0 && code !== 1 && !isCut) throw gitFailed(code, stderr);
  const hits = [...stdout.matchAll(HIT)].map(([, name = '', line, text = '']) => ({
    path: name.slice(commit.length + 1),
    line: Number(line),
    text: shorten(text, MOST_OF_LINE),
  }));
  return { hits: hits.slice(0, MOST_HITS), more: isCut || hits.length > MOST_HITS };
}

/** The commit and the path, which may have line breaks; the number of the line; the line. */
const HIT = /([^\0]*)\0(\d+)\0([^\n]*)\n/g;
