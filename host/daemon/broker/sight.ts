import type { Db } from '../../../store/open-store.ts';
import { type RecipientFacts, recipientFacts, type SenderFacts, senderFacts } from '../store/send-facts.ts';

/** The hive as one send sees it: what was looked up for it is not looked up again. */
export interface Sight {
  /** Null for the operator and the hive. */
  sender(): SenderFacts | null;
  /** How a name stands to the sender: in the tree, its mailbox, their talk. */
  of(name: string): RecipientFacts;
  isAgent(name: string): boolean;
  /** Null for the manager, undefined for whoever is no agent. */
  parentOf(name: string): string | null | undefined;
}

export function lookAround(db: Db, sender: string): Sight {
  const known = new Map<string, RecipientFacts>();
  let own: SenderFacts | null | undefined;

  function of(name: string): RecipientFacts {
    const before = known.get(name);
    if (before !== undefined) return before;
    const facts = recipientFacts(db, name, sender);
    // Most sends have one recipient, who brings the sender along.
    if (facts.recipient.isAgent) own = facts.sender;
    known.set(name, facts.recipient);
    return facts.recipient;
  }

  function ofSender(): SenderFacts | null {
    return own === undefined ? (own = senderFacts(db, sender)) : own;
  }

  return {
    of,
    sender: ofSender,
    isAgent: (name) => (name === sender ? ofSender() !== null : of(name).isAgent),
    parentOf(name) {
      if (name === sender) return ofSender()?.parent;
      const facts = of(name);
      return facts.isAgent ? facts.parent : undefined;
    },
  };
}
