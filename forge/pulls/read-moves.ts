import { contains } from '../git/merge.ts';
import type { Git } from '../git/process.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { openPulls, type Pull } from '../store/pulls.ts';
import type { RefChange } from '../store/refs.ts';
import type { Repository } from '../store/repositories.ts';
import { readStanding, type Standing } from './keep-approvals.ts';
import { headsWithin, keepHeads } from './keep-heads.ts';

/** What git says about the open pull requests whose branches moved. */
export interface PullMoves {
  /** Those whose head is in the history of their base now. */
  readonly contained: ReadonlySet<number>;
  /** The approvals of those whose head moved or whose base was rewritten, by number. */
  readonly standing: ReadonlyMap<number, Standing>;
  /** The approvals of those on top of one that is merged now: they go on to its base. */
  readonly retargeted: ReadonlyMap<number, Standing>;
}

export const NO_MOVES: PullMoves = { contained: new Set(), standing: new Map(), retargeted: new Map() };

const branch = (name: string) => `refs/heads/${name}`;

type Core = Pick<ForgeCore, 'git' | 'db' | 'places' | 'log'>;

/**
 * Reads what the transaction that records moved refs needs, and keeps the new heads of pull requests from being
 * pruned. Call it under the push lock.
 */
export async function readPullMoves(
  core: Core,
  { repository, path }: { repository: Repository; path: string },
  { refs, changes }: { refs: ReadonlyMap<string, string>; changes: readonly RefChange[] },
): Promise<PullMoves> {
  const pulls = openPulls(core.db, repository.id);
  const headOf = ({ head, headOid }: Pull) => refs.get(branch(head)) ?? headOid;
  const moved = pulls.filter((pull) => headOf(pull) !== pull.headOid);
  const heads = moved.map((pull) => ({ number: pull.number, oid: headOf(pull) }));
  await keepHeads(core.git, path, heads);
  const contained = new Set<number>();
  const standing = new Map<number, Standing>();
  const retargeted = new Map<number, Standing>();
  for (const base of new Set(pulls.map((pull) => pull.base))) {
    const tip = refs.get(branch(base));
    if (tip === undefined) continue;
    const onBase = pulls.filter((pull) => pull.base === base);
    const change = changes.find(({ ref }) => ref === branch(base));
    const endsOthers = change !== undefined && (await isRewritten(core.git, path, change));
    for (const pull of endsOthers ? onBase : onBase.filter((one) => moved.includes(one))) {
      const place = { path, base: tip, head: headOf(pull), endsOthers, isRetargeted: false };
      standing.set(pull.number, await readStanding(core, pull, place));
    }
    if (change === undefined) continue;
    const within = await headsWithin(core.git, path, tip);
    for (const pull of onBase) {
      if (within.has(pull.number)) contained.add(pull.number);
      if (!within.has(pull.number) && pull.mergingOid !== tip) continue;
      for (const child of pulls.filter((one) => one.base === pull.head)) {
        const place = { path, base: tip, head: headOf(child), endsOthers: true, isRetargeted: true };
        retargeted.set(child.number, await readStanding(core, child, place));
      }
    }
  }
  // Whichever is recorded first, the last word is about the base that it goes on to.
  for (const [number, kept] of retargeted) if (standing.has(number)) standing.set(number, kept);
  return { contained, standing, retargeted };
}

/** Whether a branch dropped commits. One whose earlier commit is gone did. */
async function isRewritten(git: Git, path: string, { old, new: tip }: RefChange): Promise<boolean> {
  if (old === null || tip === null) return false;
  return !(await contains(git, path, { commit: old, tip }).catch(() => false));
}
