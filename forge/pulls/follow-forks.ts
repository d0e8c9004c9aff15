import { HiveError } from '../../protocol/errors.ts';
import { SYSTEM } from '../../protocol/names.ts';
import { readRefs } from '../git/look.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { copyPushers, findMover, type ForkMove, forkMoves, setRefused } from '../store/fork-pulls.ts';
import { getPullById, type Pull } from '../store/pulls.ts';
import { getRepository, type Repository } from '../store/repositories.ts';
import { bringHead } from './bring-head.ts';
import { followPush } from './follow-refs.ts';
import { holdBranches } from './hold-branches.ts';
import { applyStanding, readStanding } from './keep-approvals.ts';
import { keepHeads } from './keep-heads.ts';
import { nameOfPull, notify, quote } from './notify.ts';
import { NO_MOVES } from './read-moves.ts';

/**
 * Brings what was pushed to the branches of forks into their pull requests. The database says what there is to do, so a
 * kill loses nothing: the next call goes on. One that is busy waits for the next call.
 */
export async function followForks(core: ForgeCore): Promise<void> {
  for (const move of forkMoves(core.db)) {
    if (core.stopping.aborted) return;
    await followOne(core, move).catch((error: unknown) => {
      if (core.stopping.aborted || (error instanceof HiveError && WAITS.has(error.code))) return;
      core.log.error({ pull: move.pullId, err: error }, 'new commits of a fork could not be taken');
    });
  }
}

/** The next call tries again, or has nothing to do. */
const WAITS: ReadonlySet<string> = new Set(['service_unavailable', 'unknown_repo']);

async function followOne(core: ForgeCore, move: ForkMove): Promise<void> {
  const pull = getPullById(core.db, move.pullId);
  const base = pull === null ? null : getRepository(core.db, pull.repositoryId);
  const fork = getRepository(core.db, move.repositoryId);
  if (pull === null || base === null || fork === null) return;
  await holdBranches(core, { repository: base, signal: core.stopping }, async (repository) => {
    const present = getPullById(core.db, pull.id);
    if (present?.state !== 'open' || present.headOid === move.oid) return;
    try {
      await bringHead(core, { repository, fork, oid: move.oid, signal: core.stopping });
    } catch (error) {
      if (!(error instanceof HiveError) || (error.code !== 'forge_quota' && error.code !== 'forbidden')) throw error;
      return refuse(core, repository, { pull: present, oid: move.oid, reason: error.message });
    }
    await take(core, { repository, fork }, { pull: present, move });
  });
}

/** As for a push to a branch of the repository itself: approvals of older commits end, judges are told. */
async function take(
  core: ForgeCore,
  { repository, fork }: { repository: Repository; fork: Repository },
  { pull, move }: { pull: Pull; move: ForkMove },
): Promise<void> {
  const { oid, ref } = move;
  const path = core.places.repositoryDir(repository);
  const base = (await readRefs(core.git, path)).get(`refs/heads/${pull.base}`);
  const place = { path, base: base ?? '', head: oid, endsOthers: false, isRetargeted: false };
  const standing = base === undefined ? null : await readStanding(core, pull, place);
  await keepHeads(core.git, path, [{ number: pull.number, oid }]);
  const write = core.db.transaction(() => {
    const standings = new Map(standing === null ? [] : [[pull.number, standing] as const]);
    const moves = { ...NO_MOVES, standing: standings };
    const scene = { db: core.db, outbox: core.outbox, repository, at: core.clock(), moves };
    if (standing !== null) applyStanding(core.db, pull.id, standing);
    const by = findMover(core.db, { repo: `${fork.owner}/${fork.name}`, ref, oid }) ?? SYSTEM;
    followPush(scene, pull, { by, oid });
    copyPushers(core.db, pull.id, move);
  });
  write.immediate();
  core.outbox.announce();
  core.checks.wanted();
}

/** Its author hears why, once for each commit. */
function refuse(
  core: ForgeCore,
  repository: Repository,
  { pull, oid, reason }: { pull: Pull; oid: string; reason: string },
): void {
  const { number, author, title, headOid } = pull;
  const body = [
    `New commits of ${nameOfPull(repository, pull)} (`,
    quote(title),
    `) are not in it; it stays at ${headOid}. The reason: `,
    quote(reason),
  ];
  const write = core.db.transaction(() => {
    setRefused(core.db, pull.id, oid);
    core.outbox.add({
      at: core.clock(),
      kind: 'forge.pull_changed',
      by: SYSTEM,
      repo: `${repository.owner}/${repository.name}`,
      data: { number, what: ['new commits were refused'], commit: headOid },
      mail: notify([author], SYSTEM, { body }),
    });
  });
  write.immediate();
  core.outbox.announce();
}
