import type { Attachment, MessageKind, Priority, SendOutput, Severity } from '../../../../protocol/schemas/message.ts';
import type { EventLog } from '../../core/event-log.ts';
import type { ChainPlace } from '../loops/queries.ts';
import type { Tx } from '../../core/writer.ts';
import type { TalkRules } from '../loops/policy/talk.ts';

/** The declared rules that mail follows. */
export interface MailRules {
  routing: 'open' | 'tree';
  /** What may wait in one mailbox. */
  mailboxMaxMessages: number;
  mailboxMaxBytes: number;
  talk: TalkRules;
}

/**
 * Mail as others use it in transactions of their own. `post` is the one way to store a message: it does, or throws
 * with nothing stored, whatever `postMessage` says.
 */
export interface MailContext {
  events: EventLog;
  clock: () => number;
  rules: MailRules;
  post: (tx: Tx, message: PostedMessage) => SendOutput;
  /** Takes back deliveries; see `withdrawMail`. */
  withdraw: (tx: Tx, what: Withdrawal) => void;
  /** Tells the operator and the senders of messages that were given up; see `announceDead`. */
  announceDead: (tx: Tx, facts: GivenUp) => void;
  /** Called after the commit for each recipient that has something waiting now. */
  onQueued: (recipient: string) => void;
}

/** Deliveries to take back, the reason for their receipts, and in whose name. */
export interface Withdrawal {
  mail: readonly { delivery: number; messageId: number; recipient: string }[];
  note: string;
  by: string;
}

/** Dead deliveries of one mailbox. `reason` is in the hive's own words: nothing that a box said may stand in it. */
export interface GivenUp {
  agent: string;
  dead: readonly { messageId: number; attempts: number }[];
  reason: string;
}

/** A message on its way into the store. Its kind is `note` unless it says another. Times are epoch ms. */
export interface PostedMessage {
  sender: string;
  to: string;
  body: string;
  kind?: MessageKind | undefined;
  in_reply_to?: number | undefined;
  key?: string | undefined;
  priority?: Priority | undefined;
  expiresAt?: number | undefined;
  choices?: string[] | undefined;
  deadline?: number | undefined;
  default?: string | undefined;
  severity?: Severity | undefined;
  /** Checked already: the sender may attach these. */
  attachments?: Attachment[] | undefined;
  editedFrom?: number | undefined;
  /** Where it stands in its chain, when its sender's turn does not say: a reminder or a run of a schedule. */
  place?: ChainPlace | undefined;
}
