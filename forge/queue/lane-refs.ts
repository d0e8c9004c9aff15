import type { Git } from '../git/process.ts';

/** The ref that keeps the commit of an entry in the lane. Clients do not see it. */
function laneRef(entry: number): string {
  return `refs/queue/${entry}`;
}

export async function keepLaneCommit(git: Git, path: string, link: { entry: number; commit: string }): Promise<void> {
  await git.run([`--git-dir=${path}`, 'update-ref', laneRef(link.entry), link.commit]);
}

/** Lets go of the commits of all entries but these. Call it under the push lock. */
export async function dropLaneCommits(git: Git, path: string, needed: ReadonlySet<number>): Promise<void> {
  const refs = await git.run([`--git-dir=${path}`, 'for-each-ref', '--format=%(refname)', 'refs/queue/']);
  const over = refs.split('\n').filter((ref) => ref !== '' && !needed.has(Number(ref.slice('refs/queue/'.length))));
  if (over.length === 0) return;
  const input = over.map((ref) => `delete ${ref}\n`).join('');
  await git.run([`--git-dir=${path}`, 'update-ref', '--stdin'], { input });
}
