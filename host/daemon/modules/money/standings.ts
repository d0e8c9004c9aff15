import type { Db } from '../../../../store/open-store.ts';
import { findPlace, listBriefs } from '../agents/queries.ts';
import type { Standing } from './policy/scope.ts';

/** The place of every agent in the hive. */
export function listStandings(db: Db): Omit<Standing, 'projects'>[] {
  const briefs = listBriefs(db);
  const parents = new Map<string, string | null>(briefs.map(({ name, parent }) => [name, parent]));
  return briefs.map(({ name, role }) => {
    const above: string[] = [];
    for (let at = parents.get(name); at != null && !above.includes(at); at = parents.get(at)) above.push(at);
    return { name, role, above };
  });
}

/** The place of one agent; an agent that is gone has a name and nothing else. */
export function findStanding(db: Db, name: string): Standing {
  const place = findPlace(db, name);
  const above: string[] = [];
  for (let at = place?.parent ?? null; at !== null && !above.includes(at); at = findPlace(db, at)?.parent ?? null)
    above.push(at);
  return { name, role: place?.role ?? '', above, projects: place?.projects ?? '' };
}
