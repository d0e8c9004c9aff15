import type { Db } from '../../../store/open-store.ts';
import { type RecipientFacts, recipientFacts, type SenderFacts, senderFacts } from '../store/send-facts.ts';

/** The hive as one send sees it: what was looked up for it is not looked up again. */
export interface Sight {
  /** Null for the operator and the hive. */
  readonly sender: SenderFacts | null;
  /** How a name stands to the sender: in the tree, its mailbox, their talk. */
  of(name: string): RecipientFacts;
  isAgent(name: string): boolean;
  /** Null for the manager, undefined for whoever is no agent. */
  parentOf(name: string): string | null | undefined;
}

export function lookAround(db: Db, sender: string): Sight {
  const known = new Map<string, RecipientFacts>();
  const own = senderFacts(db, sender);
  const of = (name: string): RecipientFacts => {
    let facts = known.get(name);
    if (facts === undefined) known.set(name, (facts = recipientFacts(db, name, sender)));
    return facts;
  };
  return {
    sender: own,
    of,
    isAgent: (name) => (name === sender ? own !== null : of(name).isAgent),
    parentOf(name) {
      if (name === sender) return own?.parent;
      const facts = of(name);
      return facts.isAgent ? facts.parent : undefined;
    },
  };
}
