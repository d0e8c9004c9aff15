import type { Db } from '../../../../store/open-store.ts';
import type { KnownSecrets } from '../../core/known-secrets.ts';
import type { Module } from '../../core/module.ts';
import type { Tx, Writer } from '../../core/writer.ts';
import type { Config } from '../../config/schema.ts';
import { expireMail } from './given-up.ts';
import { handleMail } from './handlers.ts';
import type { Mail } from './serve-mail.ts';
import { killAllFor } from './store/deliveries.ts';
import { nextChangeAt, releaseHeld } from './store/timed-deliveries.ts';
import { deleteLeftMailboxes } from './store/mailboxes.ts';
import { pruneMessages } from './store/prune-messages.ts';

/** Deliveries expired or released per transaction. */
const BATCH = 200;

export interface MailModuleDeps {
  db: Db;
  writer: Writer;
  mail: Mail;
  /** All modules of the hive: pruning a message calls each one to delete the rows that belong to it. */
  modules: readonly Module[];
  retention: Config['retention'];
  /** Replaces secrets in an export: one may have been declared after the messages were stored. */
  redact: KnownSecrets['redactJson'];
}

/** Messages, deliveries, mailboxes and threads. */
export function mailModule(deps: MailModuleDeps) {
  const { db, writer, mail, modules, retention } = deps;
  const { clock } = mail;
  const onMessageDeleted = (tx: Tx) => (message: { id: number; body: string }) =>
    modules.forEach((module) => module.onMessageDeleted?.(tx, message));

  return {
    name: 'mail',
    handlers: handleMail(deps),
    onAgentRetired(tx, { name, reason }) {
      const dead = killAllFor(tx.db, name, { reason, at: clock() });
      if (dead.length > 0) mail.announceDead(tx, { agent: name, dead, reason });
    },
    nextDueAt: () => nextChangeAt(db),
    async fireDue() {
      const piece = (tx: Tx) => {
        const freed = releaseHeld(tx.db, clock());
        mail.onQueued(tx, freed);
        return expireMail(tx, mail, BATCH);
      };
      while ((await writer.write(piece)) === BATCH);
    },
    retention: [
      {
        days: retention.notices_days,
        again: true,
        step: (tx, look) => pruneMessages(tx.db, { which: 'own', look }, onMessageDeleted(tx)),
      },
      {
        days: retention.messages_days,
        again: true,
        step: (tx, look) => pruneMessages(tx.db, { which: 'written', look }, onMessageDeleted(tx)),
      },
      // Empty mailboxes of destroyed agents are deleted whatever retention is configured.
      { days: 1, again: true, step: (tx) => ({ deleted: deleteLeftMailboxes(tx.db), next: null }) },
    ],
  } satisfies Module;
}
