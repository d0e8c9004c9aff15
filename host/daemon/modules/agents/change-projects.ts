import { HiveError } from '../../../../protocol/errors.ts';
import type { AgentSpec } from '../../../../protocol/schemas/agent.ts';
import { type MembershipChanges, type Memberships, MOST_MEMBERSHIPS } from '../../../../protocol/schemas/project.ts';

/**
 * The part of a spec about projects after a change: what is given is joined, or left with `none`. Without any project
 * the spec has no such part. Throws `invalid_input` for too many.
 */
export function changeProjects(
  before: Memberships | undefined,
  given: MembershipChanges | undefined,
): Pick<AgentSpec, 'projects'> {
  const joined = Object.entries({ ...before, ...given }).filter(([, level]) => level !== 'none');
  if (joined.length > MOST_MEMBERSHIPS)
    throw new HiveError('invalid_input', `An agent is in at most ${MOST_MEMBERSHIPS} projects, not ${joined.length}.`);
  return joined.length === 0 ? {} : { projects: Object.fromEntries(joined) as Memberships };
}
