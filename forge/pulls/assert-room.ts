import { HiveError } from '../../protocol/errors.ts';
import { OPERATOR } from '../../protocol/names.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { countPullFacts } from '../store/facts.ts';
import { countEntries } from '../store/pull-entries.ts';
import { addPullChars, deleteOldestEnded, pullChars } from '../store/pulls.ts';

const HOUR_MS = 60 * 60 * 1000;

/** Throws `forge_quota` for a conversation that is full. */
export function assertEntries({ db, limits }: Pick<ForgeCore, 'db' | 'limits'>, pullId: number): void {
  if (countEntries(db, pullId) >= limits.maxPullEntries)
    throw new HiveError('forge_quota', 'This conversation is too long. Open another pull request.');
}

/**
 * Counts what somebody is about to write, in the transaction that writes it; the conversations that ended first go for
 * it, not the one that is written to (`pull`). Throws `rate_exceeded` for an agent that writes too much, `forge_quota` when only open ones are left.
 */
export function takePullRoom(
  { db, limits, clock }: Pick<ForgeCore, 'db' | 'limits' | 'clock'>,
  { repositoryId, by, chars, pull }: { repositoryId: number; by: string; chars: number; pull: number | null },
): void {
  if (by !== OPERATOR && countPullFacts(db, by, clock() - HOUR_MS) >= limits.maxPullWrites)
    throw new HiveError(
      'rate_exceeded',
      `${by} wrote ${limits.maxPullWrites} times to pull requests in an hour. Wait, and put more into one comment.`,
    );
  while (pullChars(db, repositoryId) + chars > limits.maxPullChars)
    if (!deleteOldestEnded(db, repositoryId, pull))
      throw new HiveError('forge_quota', 'The pull requests of this repository are full. Merge or close some first.');
  addPullChars(db, repositoryId, chars);
}
