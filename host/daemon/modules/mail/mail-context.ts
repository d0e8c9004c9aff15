import type { OPERATOR, SYSTEM } from '../../../../protocol/names.ts';
import type { Notice } from '../../../../protocol/notices.ts';
import type { Attachment, MessageKind, Priority, SendOutput, Severity } from '../../../../protocol/schemas/message.ts';
import type { EventLog } from '../../core/event-log.ts';
import type { ChainPlace } from '../loops/queries.ts';
import type { Tx } from '../../core/writer.ts';
import type { TalkRules } from '../loops/policy/talk.ts';
import type { TroubleOf } from './say-waiting.ts';

/** The configured limits and rules of mail. */
export interface MailRules {
  routing: 'open' | 'tree';
  /** Capacity of one mailbox. */
  mailboxMaxMessages: number;
  mailboxMaxBytes: number;
  talk: TalkRules;
}

/**
 * Mail operations for other modules' transactions. `post` is the only way to store a message: it stores it,
 * or throws and stores nothing; see `postMessage`.
 */
export interface MailContext {
  events: EventLog;
  clock: () => number;
  rules: MailRules;
  post: (tx: Tx, message: PostedMessage) => SendOutput;
  /** Withdraws deliveries; see `withdrawMail`. */
  withdraw: (tx: Tx, what: Withdrawal) => void;
  /** Notifies the operator and the senders of messages that were given up; see `announceDead`. */
  announceDead: (tx: Tx, facts: GivenUp) => void;
  /** Called in each transaction that queues mail, with its recipients, each once. */
  onQueued: (tx: Tx, recipients: readonly string[]) => void;
  /** Looks up trouble with an agent's box, for what a sender learns of recipients that will not read its message now. */
  troubleOf: TroubleOf;
}

/** Deliveries to withdraw, the reason for their receipts, and who withdrew them. */
export interface Withdrawal {
  mail: readonly { delivery: number; messageId: number; recipient: string }[];
  note: string;
  by: string;
}

/** Dead deliveries of one mailbox. `reason` must be the hive's own text, never text from a box. */
export interface GivenUp {
  agent: string;
  dead: readonly { messageId: number; attempts: number }[];
  reason: string;
}

/** A message before it is stored. Its kind defaults to `note`. Times are epoch ms. */
export type PostedMessage = MessageFields & (Written | ToOperator | NoticeFields);

/** Mail that starts a turn of its recipient. */
interface Written {
  kind?: Exclude<MessageKind, 'system'> | undefined;
  notice?: undefined;
}

/** A notice to the operator. */
interface ToOperator {
  sender: typeof SYSTEM;
  to: typeof OPERATOR;
  kind: 'system';
  notice?: undefined;
}

/** A notice to an agent, which starts a turn or not (protocol/notices.ts). */
interface NoticeFields {
  sender: typeof SYSTEM;
  kind: 'system';
  notice: Notice;
}

interface MessageFields {
  sender: string;
  to: string;
  body: string;
  in_reply_to?: number | undefined;
  key?: string | undefined;
  priority?: Priority | undefined;
  expiresAt?: number | undefined;
  choices?: string[] | undefined;
  deadline?: number | undefined;
  default?: string | undefined;
  severity?: Severity | undefined;
  /** Attachments that the caller has already checked the sender's right to. */
  attachments?: Attachment[] | undefined;
  editedFrom?: number | undefined;
  /**
   * The message's place in its chain of causes, for reminders and schedule runs, where no turn of the sender
   * gives it.
   */
  place?: ChainPlace | undefined;
}
