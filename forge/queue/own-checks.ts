import { viewSuite } from '../checks/checks.ts';
import type { Move } from '../pulls/policy/protect.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { newestSuiteOfPull } from '../store/check-suites.ts';
import { areChecksAsked, type Pull } from '../store/pulls.ts';
import type { Repository } from '../store/repositories.ts';

type MergeChecks = Extract<Move, { kind: 'merge' }>['checks'];

const NONE: MergeChecks = { state: 'none', failed: [], trouble: null };

/**
 * What the checks of a pull request's newest commit say, on whichever commit of its base they ran: before it is tested
 * in the merge queue, on the newest one. Those that are not asked for yet count as running.
 */
export function ownChecks({ db }: Pick<ForgeCore, 'db'>, { id }: Repository, pull: Pull): MergeChecks {
  if (pull.draft || pull.state !== 'open') return NONE;
  if (!areChecksAsked(db, pull.id)) return { ...NONE, state: 'running' };
  const suite = newestSuiteOfPull(db, id, pull.number);
  return suite?.head === pull.headOid ? viewSuite(db, suite) : NONE;
}
