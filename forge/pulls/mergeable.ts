import { type Ends, tryMerges } from '../git/merge.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { putBounded } from '../../system/put-bounded.ts';
import { withScratchObjects } from './scratch-objects.ts';

/** Whether pairs of commits can be merged, as git found. Commits never change, so what was found stays true. */
export type KnownMerges = Map<string, boolean>;

/** Pairs that are remembered. */
const MOST_KNOWN = 5_000;

/** For each pair of commits in the repository at `path` whether git can merge it, whatever rules say. */
export async function findMergeable(
  core: Pick<ForgeCore, 'git' | 'places' | 'merges'>,
  path: string,
  pairs: readonly Ends[],
): Promise<boolean[]> {
  const keyOf = ({ base, head }: Ends) => `${path} ${base} ${head}`;
  const keys = pairs.map(keyOf);
  const verdicts = new Map(
    keys.flatMap((key) => (core.merges.has(key) ? [[key, core.merges.get(key) === true] as const] : [])),
  );
  const unknown = [...new Map(pairs.map((pair) => [keyOf(pair), pair]))].filter(([key]) => !verdicts.has(key));
  if (unknown.length > 0) {
    const asked = unknown.map(([, pair]) => pair);
    const found = await withScratchObjects(core, path, (env) => tryMerges(core.git, { path, env }, asked));
    for (const [at, [key]] of unknown.entries()) verdicts.set(key, found[at] === true);
    for (const [key] of unknown) putBounded(core.merges, [key, verdicts.get(key) === true], MOST_KNOWN);
  }
  return keys.map((key) => verdicts.get(key) === true);
}
