import { HiveError } from '../../../../protocol/errors.ts';
import type { Db } from '../../../../store/open-store.ts';
import { findProject, listProjects, type ProjectRow } from './store/projects.ts';

/** The most names in an error. */
const MOST_NAMED = 10;

/** Throws `unknown_project`, which names those that there are. */
export function requireProject(db: Db, name: string): ProjectRow {
  const found = findProject(db, name);
  if (found !== null) return found;
  const names = listProjects(db).map((project) => project.name);
  const more = names.length - MOST_NAMED;
  const known = [...names.slice(0, MOST_NAMED), ...(more > 0 ? [`${more} more`] : [])].join(', ');
  throw new HiveError(
    'unknown_project',
    names.length === 0
      ? `There is no project "${name}", and no other one yet. Make it first.`
      : `There is no project "${name}". There are: ${known}.`,
    { details: { command: `hivectl forge project create ${name}` } },
  );
}
