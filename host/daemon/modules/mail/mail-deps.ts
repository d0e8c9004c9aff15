import type { Attachment, MessageKind, Priority, SendOutput, Severity } from '../../../../protocol/schemas/message.ts';
import type { EventLog } from '../../core/event-log.ts';
import type { ChainPlace } from '../loops/store/chains.ts';
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

/** What storing a message needs. */
export interface PostDeps {
  events: EventLog;
  clock: () => number;
  rules: MailRules;
  /** `postMessage`, for rooms that it goes through itself. */
  post: (tx: Tx, deps: PostDeps, message: PostedMessage) => SendOutput;
  /** Called after the commit for each recipient that has something waiting now. */
  onQueued: (recipient: string) => void;
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
