import { OPERATOR, SYSTEM } from '../../../../../protocol/names.ts';
import type { Relation } from './order.ts';

/**
 * The relation of `sender` to `recipient` in the tree of agents: "parent" when the sender is the recipient's
 * parent, "child" when it is the recipient's child. An agent's messages to itself (reminders) count as a
 * sibling's.
 * @param parentOf - null for the manager, undefined for a name without an agent
 */
export function relationBetween(
  sender: string,
  recipient: string,
  parentOf: (name: string) => string | null | undefined,
): Relation {
  if (sender === SYSTEM) return 'hive';
  if (sender === OPERATOR) return 'operator';
  if (sender === recipient) return 'sibling';
  const recipientParent = parentOf(recipient);
  if (recipientParent === sender) return 'parent';
  const senderParent = parentOf(sender);
  if (senderParent === recipient) return 'child';
  // Agents without a parent are not siblings of each other.
  return typeof senderParent === 'string' && senderParent === recipientParent ? 'sibling' : 'other';
}
