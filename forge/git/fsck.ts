import type { Git, GitAnswer } from './process.ts';

/** What a check may print: a broken repository has a line for each object. */
const MOST_BYTES = 1024 * 1024;

/** git's check of all objects, refs and indexes. Throws `service_unavailable` when it takes longer than `limitMs`. */
export function fsck(
  git: Git,
  path: string,
  options: { readonly limitMs: number; readonly signal: AbortSignal },
): Promise<GitAnswer> {
  const config = ['-c', 'core.bigFileThreshold=32m', '-c', 'pack.threads=1'];
  const argv = [...config, `--git-dir=${path}`, 'fsck', '--full', '--no-dangling', '--no-progress'];
  return git.ask(argv, { ...options, maxBytes: MOST_BYTES, isModest: true });
}

/** Those of the objects that are not there. */
export async function listMissing(git: Git, path: string, oids: readonly string[]): Promise<Set<string>> {
  if (oids.length === 0) return new Set();
  const input = oids.map((oid) => `${oid}\n`).join('');
  const text = await git.run([`--git-dir=${path}`, 'cat-file', '--batch-check=%(objectname)'], { input });
  return new Set([...text.matchAll(/^([0-9a-f]+) missing$/gm)].map(([, oid]) => oid!));
}

/** The refs that keep commits of pull requests, and the merge queue. */
export async function readHiddenRefs(git: Git, path: string): Promise<Map<string, string>> {
  const text = await git.run([`--git-dir=${path}`, 'for-each-ref', '--format=%(objectname) %(refname)', 'refs/pull/']);
  return new Map([...text.matchAll(/^(\S+) (.*)$/gm)].map(([, oid, ref]) => [ref!, oid!]));
}

/** The size of what a commit leads to and the known ones do not, those that are not there left out. */
export async function measureBeyond(
  git: Git,
  path: string,
  { oid, known }: { oid: string; known: readonly string[] },
): Promise<{ bytes: number; objects: number }> {
  const walk = [`--git-dir=${path}`, 'rev-list', '--objects', '--ignore-missing'];
  const input = [oid, ...known.map((one) => `^${one}`)].map((line) => `${line}\n`).join('');
  const [bytes, objects] = [
    await git.run([...walk, '--disk-usage', '--stdin'], { input }),
    await git.run([...walk, '--count', '--stdin'], { input }),
  ];
  return { bytes: Number(bytes.trim()), objects: Number(objects.trim()) };
}
