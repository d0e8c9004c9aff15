import { chooseDefaultBranch, measureObjects, readHead, readRefs, setHead } from '../git/look.ts';
import { closePush } from '../store/pushes.ts';
import { applyRefChanges, diffRefs, knownRefs, type RefChange } from '../store/refs.ts';
import { getRepository, type Repository, storeLook } from '../store/repositories.ts';
import type { ForgeCore } from './forge-core.ts';

/** A fact names at most so many refs; a larger push makes several. */
const REFS_PER_FACT = 200;

/**
 * Compares git's refs with the recorded ones and writes what differs as `forge.pushed` facts, in
 * one transaction with the new record and the push's end. Comparing again finds nothing: each
 * change is told once, however often and by whomever this is called, also by two forges at once.
 */
export async function recordRefs(
  core: ForgeCore,
  repositoryId: number,
  push: { by: string; pushId: number | null },
): Promise<void> {
  const { db, git, places } = core;
  for (;;) {
    const before = getRepository(db, repositoryId);
    if (before === null) return;
    const path = places.repositoryDir(before);
    const refs = await readRefs(git, path);
    const changes = diffRefs(knownRefs(db, repositoryId), refs);
    if (changes.length === 0) {
      if (push.pushId !== null) closePush(db, push.pushId);
      return;
    }
    const defaultBranch = chooseDefaultBranch(before.defaultBranch, refs);
    if (defaultBranch !== before.defaultBranch) await setHead(git, path, defaultBranch);
    const look = {
      defaultBranch,
      branches: [...refs.keys()].filter((ref) => ref.startsWith('refs/heads/')).length,
      head: await readHead(git, path, defaultBranch),
      sizeBytes: (await measureObjects(git, path)).bytes,
    };
    const at = core.clock();
    const write = db.transaction(() => {
      if (getRepository(db, repositoryId)?.refsVersion !== before.refsVersion) return false;
      storeLook(db, repositoryId, { ...look, pushedAt: at });
      applyRefChanges(db, repositoryId, changes);
      for (const fact of toFacts(before, changes, push.by)) core.outbox.add({ ...fact, at });
      if (push.pushId !== null) closePush(db, push.pushId);
      return true;
    });
    if (!write.immediate()) continue;
    core.outbox.announce();
    return;
  }
}

function toFacts({ owner, name }: Repository, changes: readonly RefChange[], by: string) {
  const repo = `${owner}/${name}`;
  const facts = [];
  for (let start = 0; start < changes.length; start += REFS_PER_FACT)
    facts.push({
      kind: 'forge.pushed' as const,
      by,
      repo,
      data: { refs: changes.slice(start, start + REFS_PER_FACT) },
    });
  return facts;
}
