import type { Db } from '../../../../store/open-store.ts';
import { crowdFacts, type RecipientFacts, recipientFacts, type SenderFacts, senderFacts } from './store/send-facts.ts';

/** A read cache for one send: facts about its sender and recipients are queried once. */
export interface SendView {
  /** Null for the operator and the hive. */
  sender(): SenderFacts | null;
  /** A recipient's place in the tree and its mailbox fill. */
  of(name: string): Omit<RecipientFacts, 'talk'>;
  /** The same, with its loop state towards the sender. */
  inTalk(name: string): RecipientFacts;
  /** Announces that many recipients follow: loads all agents in one query. */
  expectMany(): void;
  isAgent(name: string): boolean;
  /** Null for the manager, undefined for a name without an agent. */
  parentOf(name: string): string | null | undefined;
}

export function openSendView(db: Db, sender: string): SendView {
  const known = new Map<string, RecipientFacts>();
  let own: SenderFacts | null | undefined;
  let crowd: ReturnType<typeof crowdFacts> | null = null;

  function inTalk(name: string): RecipientFacts {
    const before = known.get(name);
    if (before !== undefined) return before;
    const facts = recipientFacts(db, name, sender);
    // Most sends have one recipient, and its query returns the sender's facts too.
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
