import { ACCESS, ownerKind, RELATIONS, suffices } from '../../../../protocol/access/repo-access.ts';
import { ROOT_AGENT } from '../../../../protocol/agent-actions.ts';
import type { RepoView } from '../../../../protocol/schemas/repo.ts';

/** Describes who besides the operator may read and push, from the forge's table of rights. */
export function describeAccess(owner: RepoView['owner']): string {
  const rights = ACCESS[ownerKind(owner)];
  const names = { owner: owner as string, manager: 'the manager', agent: 'every agent' };
  const who = (action: 'fetch' | 'push') =>
    RELATIONS.flatMap((relation) =>
      relation === 'operator' ||
      (relation === 'manager' && owner === ROOT_AGENT) ||
      !suffices(rights[relation] ?? 'none', action)
        ? []
        : [names[relation]],
    );
  // "every agent" includes the manager.
  const readers = who('fetch').includes(names.agent) ? [names.agent] : who('fetch');
  const pushers = who('push');
  return `Read by ${join(readers)}, pushed by ${join(pushers)}`;
}

function join(names: readonly string[]): string {
  return names.length === 0 ? 'you alone' : names.join(' and ');
}
