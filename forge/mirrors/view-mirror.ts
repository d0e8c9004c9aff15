import { type MirrorView, MOST_MIRROR_REFS } from '../../protocol/schemas/mirror.ts';
import type { Mirror, PublishedRef } from '../store/mirrors.ts';

/** A mirror for people; of its branches and tags those that failed first. */
export function viewMirror(
  mirror: Mirror,
  now: { running: { step: string | null; percent: number | null } | null; published: readonly PublishedRef[] },
): MirrorView {
  const { running, published } = now;
  const {
    id,
    owner,
    name,
    direction,
    url,
    everyMs,
    branches,
    isForced,
    createdAt,
    triedAt,
    okAt,
    error,
    failingSince,
  } = mirror;
  const refs = published.toSorted((a, b) => Number(a.error === null) - Number(b.error === null));
  return {
    id,
    owner,
    name,
    direction,
    url,
    everyMs,
    branches: [...branches],
    force: isForced,
    state: running !== null ? 'running' : error !== null ? 'failing' : triedAt === null ? 'new' : 'ok',
    step: running?.step ?? null,
    percent: running?.percent ?? null,
    createdAt,
    triedAt,
    okAt,
    // One that is up to date waits for the next change.
    nextAt: direction === 'push' && error === null ? null : mirror.dueAt,
    error,
    failingSince,
    refs: refs.slice(0, MOST_MIRROR_REFS),
    moreRefs: Math.max(0, refs.length - MOST_MIRROR_REFS),
  };
}
