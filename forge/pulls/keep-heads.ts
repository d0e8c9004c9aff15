import type { Git } from '../git/process.ts';

/** The ref that keeps a pull request's commits, whatever becomes of its branch. Clients do not see it. */
export function headRef(number: number): string {
  return `refs/pull/${number}/head`;
}

/** Points the refs of pull requests at their heads. */
export async function keepHeads(
  git: Git,
  path: string,
  heads: readonly { readonly number: number; readonly oid: string }[],
): Promise<void> {
  if (heads.length === 0) return;
  const input = heads.map(({ number, oid }) => `update ${headRef(number)} ${oid}\n`).join('');
  await git.run([`--git-dir=${path}`, 'update-ref', '--stdin'], { input });
}

/** The same for all of them after a start, where a kill may have come between a row and its ref. */
export async function restoreHeads(
  git: Git,
  path: string,
  open: readonly { readonly number: number; readonly headOid: string }[],
): Promise<void> {
  if (open.length === 0) return;
  const format = '--format=%(objectname) %(refname)';
  const text = await git.run([`--git-dir=${path}`, 'for-each-ref', format, 'refs/pull/']);
  const there = new Set(text.split('\n'));
  for (const { number, headOid } of open) {
    if (there.has(`${headOid} ${headRef(number)}`)) continue;
    // One whose commits were lost before must not keep the others from theirs.
    await keepHeads(git, path, [{ number, oid: headOid }]).catch(() => undefined);
  }
}

/** Lets go of the commits of every pull request that is not open: git may delete what nothing else leads to. */
export async function dropEndedHeads(git: Git, path: string, open: ReadonlySet<number>): Promise<void> {
  const refs = await git.run([`--git-dir=${path}`, 'for-each-ref', '--format=%(refname)', 'refs/pull/']);
  const ended = refs
    .split('\n')
    .filter((ref) => ref !== '' && !open.has(Number(/^refs\/pull\/(\d+)\//.exec(ref)?.[1])));
  if (ended.length === 0) return;
  await git.run([`--git-dir=${path}`, 'update-ref', '--stdin'], {
    input: ended.map((ref) => `delete ${ref}\n`).join(''),
  });
}

/** The numbers of the pull requests whose heads are in the history of `tip`. */
export async function headsWithin(git: Git, path: string, tip: string): Promise<Set<number>> {
  const argv = ['for-each-ref', `--merged=${tip}`, '--format=%(refname)', 'refs/pull/'];
  const text = await git.run([`--git-dir=${path}`, ...argv]);
  return new Set([...text.matchAll(/^refs\/pull\/(\d+)\/head$/gm)].map(([, number]) => Number(number)));
}
