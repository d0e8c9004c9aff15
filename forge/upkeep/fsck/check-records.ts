import type { FsckFinding } from '../../../protocol/schemas/fsck.ts';
import { listMissing, readHiddenRefs } from '../../git/fsck.ts';
import { readRefs } from '../../git/look.ts';
import { headRef } from '../../pulls/keep-heads.ts';
import type { ForgeCore } from '../../repositories/forge-core.ts';
import { waitForEarlierPushes } from '../../repositories/hold-repository.ts';
import { approvedCommits, laneCommits } from '../../store/fscks.ts';
import { openPulls } from '../../store/pulls.ts';
import { diffRefs, knownRefs } from '../../store/refs.ts';
import type { Repository } from '../../store/repositories.ts';

const MOST_NAMED = 5;

/** Compares what the forge has recorded about a repository with what git has, while no branch moves. */
export async function checkRecords(
  core: ForgeCore,
  repository: Repository,
  signal: AbortSignal,
): Promise<FsckFinding[]> {
  const release = await core.pushLocks.take(String(repository.id), signal);
  try {
    await waitForEarlierPushes(core, repository.id, signal);
    return [...(await checkRefs(core, repository)), ...(await checkCommits(core, repository))];
  } finally {
    release();
  }
}

async function checkRefs(core: ForgeCore, repository: Repository): Promise<FsckFinding[]> {
  const refs = await readRefs(core.git, core.places.repositoryDir(repository));
  const moved = diffRefs(knownRefs(core.db, repository.id), refs);
  if (moved.length === 0) return [];
  const say = (oid: string | null) => (oid === null ? 'missing' : oid.slice(0, 12));
  const named = moved.map((one) => `${one.ref} is ${say(one.new)}, recorded is ${say(one.old)}`);
  return [
    {
      code: 'moved',
      words: `Refs were changed past the forge: ${listSome(named)}.`,
      advice:
        'If that was you, nothing is to be done: the next push or start records it as a change by system. Otherwise look at who may write in the directory of the forge, and set the refs back with a push.',
    },
  ];
}

async function checkCommits(core: ForgeCore, repository: Repository): Promise<FsckFinding[]> {
  const { db, git } = core;
  const path = core.places.repositoryDir(repository);
  const pulls = openPulls(db, repository.id);
  const named = [
    ...pulls.map(({ number, headOid }) => ({ oid: headOid, what: `the newest commit of #${number}` })),
    ...approvedCommits(db, repository.id).map(({ number, by, oid }) => ({
      oid,
      what: `what ${by} approved of #${number}`,
    })),
    ...laneCommits(db, repository.id).map(({ number, oid }) => ({ oid, what: `the merge of #${number} in the queue` })),
  ];
  const missing = await listMissing(git, path, [...new Set(named.map(({ oid }) => oid))]);
  const lost = named.filter(({ oid }) => missing.has(oid)).map(({ what, oid }) => `${what} (${oid.slice(0, 12)})`);
  const hidden = await readHiddenRefs(git, path);
  const unkept = pulls
    .filter(({ number, headOid }) => !missing.has(headOid) && hidden.get(headRef(number)) !== headOid)
    .map(({ number }) => `#${number}`);
  return [
    ...(lost.length === 0
      ? []
      : [
          {
            code: 'lost_commit' as const,
            words: `Commits that the forge has recorded are not there: ${listSome(lost)}.`,
            advice: 'Push the branch again from a clone that has them, or restore a backup.',
          },
        ]),
    ...(unkept.length === 0
      ? []
      : [
          {
            code: 'lost_commit' as const,
            words: `No ref keeps the commits of ${listSome(unkept)}.`,
            advice: 'Restart the forge, which writes these refs again: hivectl reconcile',
          },
        ]),
  ];
}

function listSome(named: readonly string[]): string {
  const more = named.length - MOST_NAMED;
  return `${named.slice(0, MOST_NAMED).join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}
