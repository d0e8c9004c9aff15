import { BROADCAST } from '../../../../../protocol/names.ts';

/**
 * The subjects whose rules and quotas are about somebody, the most specific first. What is for all agents is not for the
 * hive itself, which has no role.
 */
export function subjectsOf({ name, role }: { readonly name: string; readonly role: string | null }): string[] {
  return role === null ? [name] : [name, `@role:${role}`, BROADCAST];
}
