import { agentName } from '../../../../protocol/names.ts';

/** Whose page an event about a reminder or schedule belongs on: its recipient's, else its owner's; null for neither. */
export function agentBehind(recipient: string, owner: string): string | null {
  return [recipient, owner].find((name) => agentName.safeParse(name).success) ?? null;
}
