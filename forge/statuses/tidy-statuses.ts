import { OPERATOR } from '../../protocol/names.ts';
import type { ForgeCore } from '../repositories/forge-core.ts';
import type { AgentLine } from '../roster.ts';
import { deleteStatusesOf, pruneStatuses, statusSetters } from '../store/commit-statuses.ts';

/** Deletes statuses by age. */
export function forgetOldStatuses({ db, clock, limits }: Pick<ForgeCore, 'db' | 'clock' | 'limits'>): void {
  pruneStatuses(db, clock() - limits.keepStatusesMs);
}

/**
 * Deletes what agents said that are gone: nobody vouches for it any more, least of all a later agent of the same name.
 */
export function forgetGoneSetters(
  { db, log }: Pick<ForgeCore, 'db' | 'log'>,
  agents: readonly Pick<AgentLine, 'name' | 'madeAt'>[],
): void {
  const madeAt = new Map<string, number>(agents.map((agent) => [agent.name, agent.madeAt]));
  try {
    for (const by of statusSetters(db)) if (by !== OPERATOR) deleteStatusesOf(db, by, madeAt.get(by) ?? Infinity);
  } catch (error) {
    log.error({ err: error }, 'statuses of agents that are gone could not be deleted');
  }
}
