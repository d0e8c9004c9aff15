import type { SecretGrant } from './store/secret-grants.ts';

/** Whether a grant is for this agent: by its name or its role. */
export function isFor(grant: SecretGrant, agent: { readonly name: string; readonly role: string }): boolean {
  return grant.subject === agent.name || grant.subject === `@role:${agent.role}`;
}

/** The files with an agent's secrets, by name. Programs that read key files want a line break at the end of several lines. */
export function decideFiles(
  agent: { readonly name: string; readonly role: string },
  grants: readonly SecretGrant[],
  values: ReadonlyMap<string, { readonly value: string }>,
): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const grant of grants) {
    const value = values.get(grant.secret)?.value;
    if (value !== undefined && isFor(grant, agent))
      files.set(grant.secret, value.includes('\n') ? `${value}\n` : value);
  }
  return files;
}
