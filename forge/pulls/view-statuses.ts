import type { PullStatus } from '../../protocol/schemas/pull.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import { statusesOfCommit } from '../store/commit-statuses.ts';
import type { Pull } from '../store/pulls.ts';
import type { Repository } from '../store/repositories.ts';
import type { JudgedStatus } from './policy/count-statuses.ts';

const MOST_SHOWN = 50;

/** The statuses of a pull request's newest commit: those that its base's rule asks for, then the others. */
export function viewStatuses(
  { db }: Pick<ForgeCore, 'db'>,
  { id }: Repository,
  { pull, required }: { pull: Pull; required: readonly JudgedStatus[] },
): PullStatus[] {
  const needed = required.map(({ context, by, said, refusal }) => ({
    context,
    by,
    state: said?.state ?? ('missing' as const),
    description: said?.description ?? '',
    url: said?.url ?? '',
    required: true,
    refusal,
  }));
  const isNeeded = (one: { context: string; by: string }) =>
    required.some(({ context, by }) => context === one.context && by === one.by);
  const others = statusesOfCommit(db, id, pull.headOid)
    .filter((one) => !isNeeded(one))
    .map(({ context, by, state, description, url }) => {
      const said = { context, by, state, description, url };
      return { ...said, required: false, refusal: null };
    });
  return [...needed, ...others].slice(0, MOST_SHOWN);
}
