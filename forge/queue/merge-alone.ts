import * as z from 'zod';
import { HiveError } from '../../protocol/errors.ts';
import { OPERATOR, SYSTEM } from '../../protocol/names.ts';
import { decideMerge } from '../pulls/decide-merge.ts';
import { mergePull } from '../pulls/merge-pull.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { getPullById } from '../store/pulls.ts';
import { findEntry } from '../store/queue-entries.ts';
import type { Repository } from '../store/repositories.ts';
import { leaveQueue } from './leave-queue.ts';

/**
 * Merges a pull request that waited until it was allowed, into a branch without a merge queue. One that conflicts, or
 * that cannot be merged by its method, leaves with the reason; one whose checks are missing goes on waiting. Returns
 * whether anything has changed.
 */
export async function mergeAlone(core: ForgeCore, repository: Repository, id: number): Promise<boolean> {
  const { db, outbox } = core;
  const entry = findEntry(db, id);
  const pull = entry === null ? null : getPullById(db, entry.pullId);
  const caller = entry?.by === OPERATOR ? ({ kind: 'operator' } as const) : core.owners.findCaller(entry?.by ?? '');
  if (entry === null || pull === null || caller === null) return false;
  const { owner, name } = repository;
  const wish = { owner, name, number: pull.number, method: entry.method, commit: entry.headOid };
  try {
    await mergePull(core, caller, { ...wish, signal: core.stopping });
    return true;
  } catch (error) {
    if (!(error instanceof HiveError)) throw error;
    // The next look at the queue sees these by itself.
    if (SEEN.includes(error.code)) return false;
    if (error.code !== 'not_mergeable') throw error;
    const { ready, conflicts } = await decideMerge(core, repository, pull);
    if (!ready && conflicts.length === 0) return false;
    const left = { is: 'put_out', reason: reasonsOf(error).join('; '), next: 'solve' } as const;
    const write = db.transaction(() => {
      if (findEntry(db, id) !== null)
        leaveQueue({ db, outbox, repository, at: core.clock() }, { entry, pull, by: SYSTEM, left });
    });
    write.immediate();
    outbox.announce();
    return true;
  }
}

/** What stands against a merge, without the name of the pull request. */
function reasonsOf({ details, message }: HiveError): string[] {
  const reasons = z.array(z.string()).safeParse(details?.['reasons']);
  return reasons.success ? reasons.data : [message];
}

const SEEN: readonly string[] = ['pull_moved', 'pull_ended', 'forbidden', 'unknown_repo', 'unknown_pull'];
