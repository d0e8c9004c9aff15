import { ACCESS, RELATIONS, suffices } from '../../../../protocol/access/repo-access.ts';
import { ROOT_AGENT } from '../../../../protocol/agent-actions.ts';
import type { RepoView } from '../../../../protocol/schemas/repo.ts';

/** Describes who besides the operator may read and push, from the forge's table of rights. */
export function describeAccess({ owner, ownerKind }: Pick<RepoView, 'owner' | 'ownerKind'>): string {
  const rights = ACCESS[ownerKind];
  const names = { owner: owner as string, manager: 'the manager', agent: 'every agent' };
  const who = (action: 'fetch' | 'push') =>
    RELATIONS.flatMap((relation) => {
      const level = rights[relation] ?? 'none';
      if (relation === 'operator' || relation === 'check' || (relation === 'manager' && owner === ROOT_AGENT))
        return [];
      // Each member has the level of its spec; every one of them may read.
      if (relation === 'member' || level === 'spec')
        return level === 'none' ? [] : [action === 'fetch' ? 'its members' : 'members with the level write or merge'];
      return suffices(level, action) ? [names[relation]] : [];
    });
  // "every agent" includes the manager.
  const readers = who('fetch').includes(names.agent) ? [names.agent] : who('fetch');
  const pushers = who('push');
  return `Read by ${join(readers)}, pushed by ${join(pushers)}`;
}

function join(names: readonly string[]): string {
  return names.length === 0 ? 'you alone' : names.join(' and ');
}
