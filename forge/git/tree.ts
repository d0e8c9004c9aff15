import { LONGEST_READ_MS } from './diff.ts';
import type { Git } from './process.ts';
import { readBytes } from './read-bytes.ts';

/** An entry of a directory. */
export interface TreeEntry {
  /** Octal digits. */
  readonly mode: string;
  readonly type: 'blob' | 'tree' | 'commit';
  readonly oid: string;
  /** Bytes; null for a directory or a submodule. */
  readonly size: number | null;
  /** From the top of the repository. */
  readonly path: string;
}

/** The entry at a path of a commit or tree; null when there is none. */
export async function findEntry(
  git: Git,
  { path, tip, file }: { path: string; tip: string; file: string },
): Promise<TreeEntry | null> {
  const [entry] = await list(git, path, [tip, '--', file]);
  return entry?.path === file ? entry : null;
}

/** The entries of a directory (the top one: ''), with `recursive` those of all directories below, too. */
export async function listEntries(
  git: Git,
  { path, tip, directory, recursive }: { path: string; tip: string; directory: string; recursive: boolean },
): Promise<TreeEntry[]> {
  const below = directory === '' ? [] : ['--', `${directory}/`];
  return list(git, path, [...(recursive ? ['-r', '-t'] : []), tip, ...below]);
}

/** The bytes of a file. Throws `payload_too_large`. */
export function readBlob(git: Git, path: string, { oid, maxBytes }: { oid: string; maxBytes: number }) {
  return readBytes(git, [`--git-dir=${path}`, 'cat-file', 'blob', oid], { maxBytes, limitMs: LONGEST_READ_MS });
}

async function list(git: Git, path: string, what: readonly string[]): Promise<TreeEntry[]> {
  const argv = ['ls-tree', '-z', '-l', '--full-tree', ...what];
  const text = await git.run(['--literal-pathspecs', `--git-dir=${path}`, ...argv], { limitMs: LONGEST_READ_MS });
  return text.split('\0').flatMap((line) => parse(line) ?? []);
}

const LINE = /^(\d{6}) (blob|tree|commit) ([0-9a-f]+) +(\d+|-)\t([\s\S]+)$/;

function parse(line: string): TreeEntry | null {
  const [, mode, type, oid, size, path] = LINE.exec(line) ?? [];
  if (mode === undefined || type === undefined || oid === undefined || path === undefined) return null;
  return { mode, type: type as TreeEntry['type'], oid, size: size === '-' ? null : Number(size), path };
}
