import { ACCESS, ownerKind, RELATIONS, suffices } from '../../../../protocol/access/repo-access.ts';
import { ROOT_AGENT } from '../../../../protocol/agent-actions.ts';
import type { RepoView } from '../../../../protocol/schemas/service.ts';

/** Who else than the operator may read and push, by the forge's own table of rights. */
export function sayAccess(owner: RepoView['owner']): string {
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
  // Every agent: the manager is one.
  const readers = who('fetch').includes(names.agent) ? [names.agent] : who('fetch');
  const pushers = who('push');
  return `Read by ${join(readers)}, pushed by ${join(pushers)}`;
}

function join(names: readonly string[]): string {
  return names.length === 0 ? 'you alone' : names.join(' and ');
}
