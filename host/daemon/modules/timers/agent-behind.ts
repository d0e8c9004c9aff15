import { agentName } from '../../../../protocol/names.ts';

/**
 * The agent on whose page an event about a reminder or schedule belongs: the recipient, else the owner; null
 * for neither.
 */
export function agentBehind(recipient: string, owner: string): string | null {
  return [recipient, owner].find((name) => agentName.safeParse(name).success) ?? null;
}
