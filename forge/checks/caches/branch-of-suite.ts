import type { Db } from '../../../store/open-store.ts';
import type { Suite } from '../../store/check-suites.ts';
import { findPull } from '../../store/pulls.ts';
import { branchOfBatch } from '../../store/queue-batches.ts';

/** The branch into which what a suite checks is to be merged; null: nobody wants that any more. */
export function branchOfSuite(db: Db, suite: Suite): string | null {
  if (suite.purpose === 'queue') return branchOfBatch(db, suite.id);
  return suite.pull === null ? null : (findPull(db, suite.repositoryId, suite.pull)?.base ?? null);
}
