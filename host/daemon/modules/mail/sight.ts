import type { Db } from '../../../../store/open-store.ts';
import { crowdFacts, type RecipientFacts, recipientFacts, type SenderFacts, senderFacts } from './store/send-facts.ts';

/** A read cache for one send: facts about its sender and recipients are queried once. */
export interface Sight {
  /** Null for the operator and the hive. */
  sender(): SenderFacts | null;
  /** A name's place in the tree, and its mailbox. */
  of(name: string): Omit<RecipientFacts, 'talk'>;
  /** The same, and its talk with the sender. */
  inTalk(name: string): RecipientFacts;
  /** Many will be asked for: looks at all of them at once. */
  expectMany(): void;
  isAgent(name: string): boolean;
  /** Null for the manager, undefined for whoever is no agent. */
  parentOf(name: string): string | null | undefined;
}

export function lookAround(db: Db, sender: string): Sight {
  const known = new Map<string, RecipientFacts>();
  let own: SenderFacts | null | undefined;
  let crowd: ReturnType<typeof crowdFacts> | null = null;

  function inTalk(name: string): RecipientFacts {
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

  const of = (name: string) => known.get(name) ?? crowd?.get(name) ?? inTalk(name);

  return {
    of,
    inTalk,
    expectMany() {
      crowd ??= crowdFacts(db);
    },
    sender: ofSender,
    isAgent: (name) => (name === sender ? ofSender() !== null : of(name).isAgent),
    parentOf(name) {
      if (name === sender) return ofSender()?.parent;
      const facts = of(name);
      return facts.isAgent ? facts.parent : undefined;
    },
  };
}
