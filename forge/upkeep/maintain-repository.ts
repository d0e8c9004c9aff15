import { statfs } from 'node:fs/promises';
import { HiveError } from '../../protocol/errors.ts';
import type { UpkeepStep } from '../../protocol/schemas/upkeep.ts';
import { measureObjects } from '../git/look.ts';
import { hasUnreachable } from '../git/upkeep.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { isRepositoryThere } from '../repositories/places.ts';
import { getRepository, type Repository } from '../store/repositories.ts';
import { createdAtOf, findUpkeep, putUpkeep, type UpkeepRow } from '../store/upkeep.ts';
import { chooseNextAt, decideUpkeep, type UpkeepFacts } from './policy/decide-upkeep.ts';
import { runStep } from './run-step.ts';

export interface UpkeepWork {
  /** Somebody wants it now, whether it pays or not. */
  readonly asked: boolean;
  readonly signal: AbortSignal;
}

const NEVER = {
  workedAt: null,
  workedMs: 0,
  did: [],
  trouble: null,
  packedAt: null,
  graphVersion: null,
  prunedAt: null,
  prunedVersion: null,
  interrupted: 0,
} satisfies Partial<UpkeepRow>;

/**
 * Looks at a repository, does what pays, and records it. One repository at a time in the whole forge. A failure is
 * recorded and told to the log, not thrown; throws `unknown_repo`, and when the signal fires.
 */
export async function maintainRepository(core: ForgeCore, id: number, work: UpkeepWork): Promise<void> {
  const signal = AbortSignal.any([work.signal, core.stopping]);
  const release = await core.upkeepSlot.take('', signal);
  try {
    await maintain(core, id, { ...work, signal });
  } finally {
    release();
  }
}

async function maintain(core: ForgeCore, id: number, { asked, signal }: UpkeepWork): Promise<void> {
  const { db, clock, limits } = core;
  const repository = getRepository(db, id);
  if (repository === null) throw new HiveError('unknown_repo');
  const before = findUpkeep(db, id);
  const began = core.steady();
  const result = await doWhatPays(core, repository, { asked, signal }).catch((error: unknown): Result => {
    if (signal.aborted) throw error;
    if (error instanceof HiveError && error.code === 'unknown_repo') throw error;
    const repo = `${repository.owner}/${repository.name}`;
    core.log.error({ repo, err: error }, 'maintenance of a repository failed');
    return { did: [], trouble: `git could not do it: hivectl forge fsck ${repo} says whether the repository is whole` };
  });
  const { did, trouble, isInterrupted = false } = result;
  const after = getRepository(db, id);
  if (after === null) return;
  const { packs, loose } = await measureObjects(core.git, core.places.repositoryDir(after)).catch(() => ({
    packs: before?.packs ?? 0,
    loose: before?.loose ?? 0,
  }));
  const now = clock();
  const earlier = before ?? NEVER;
  const everyMs = isInterrupted ? limits.upkeepRetryMs : limits.upkeepEveryMs;
  putUpkeep(db, id, {
    packs,
    loose,
    lookedAt: now,
    workedAt: did.length > 0 ? now : earlier.workedAt,
    workedMs: did.length > 0 ? Math.round(core.steady() - began) : earlier.workedMs,
    did: did.length > 0 ? did : earlier.did,
    trouble,
    packedAt: did.includes('pack') || did.includes('prune') ? now : earlier.packedAt,
    graphVersion: did.includes('graph') ? repository.refsVersion : earlier.graphVersion,
    prunedAt: did.includes('prune') ? now : earlier.prunedAt,
    prunedVersion: did.includes('prune') ? repository.refsVersion : earlier.prunedVersion,
    interrupted: isInterrupted ? earlier.interrupted + 1 : 0,
    nextAt: chooseNextAt(now, everyMs, Math.random()),
  });
}

interface Result {
  readonly did: readonly UpkeepStep[];
  readonly trouble: string | null;
  readonly isInterrupted?: boolean;
}

async function doWhatPays(core: ForgeCore, repository: Repository, { asked, signal }: UpkeepWork): Promise<Result> {
  if (!(await isRepositoryThere(core.places, repository)))
    return { did: [], trouble: 'its directory is gone, or is no directory' };
  const facts = await readFacts(core, repository);
  const decision = decideUpkeep(facts, core.limits, asked);
  if (decision.kind === 'disk_is_short')
    return { did: [], trouble: 'there is not enough space on the disk to rewrite it: free some' };
  const { steps } = decision;
  const interrupted = findUpkeep(core.db, repository.id)?.interrupted ?? 0;
  const did: UpkeepStep[] = [];
  for (const step of steps) {
    const work = {
      repository,
      step,
      renewsGraph: steps.includes('prune'),
      objects: facts.objects,
      interrupted,
      signal,
    };
    if (!(await runStep(core, work)))
      return { did, trouble: 'pushes came first; it is tried again soon', isInterrupted: true };
    did.push(step);
  }
  return { did, trouble: null };
}

async function readFacts(core: ForgeCore, repository: Repository): Promise<UpkeepFacts> {
  const path = core.places.repositoryDir(repository);
  const disk = await statfs(core.places.repositories);
  return {
    ...(findUpkeep(core.db, repository.id) ?? NEVER),
    ...(await measureObjects(core.git, path)),
    now: core.clock(),
    hasUnreachable: await hasUnreachable(path),
    refsVersion: repository.refsVersion,
    createdAt: createdAtOf(core.db, repository.id),
    freeBytes: disk.bavail * disk.bsize,
    totalBytes: disk.blocks * disk.bsize,
  };
}
