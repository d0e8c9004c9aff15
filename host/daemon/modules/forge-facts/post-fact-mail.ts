import { SYSTEM } from '../../../../protocol/names.ts';
import type { FactMail, ForgeFact } from '../../../../protocol/schemas/forge-fact.ts';
import { attempt } from '../../core/store/attempt.ts';
import type { Tx } from '../../core/writer.ts';
import { findAgent } from '../agents/queries.ts';
import type { MailContext } from '../mail/mail-context.ts';
import { quoteWords } from '../mail/policy/foreign-words.ts';

/**
 * Posts the mail of a fact as a notice of the hive, never in another's name, in the transaction that stores the fact.
 * Its key is the fact's identity and its place among the fact's messages, so that a fact that is sent again (by a
 * restored forge.db) is one message. Undeliverable mail is dropped: it must not block later facts, and the event exists all the same.
 */
export function postFactMail(
  tx: Tx,
  hive: MailContext,
  { fact, mail, index }: { fact: Pick<ForgeFact, 'id' | 'at'>; mail: FactMail; index: number },
): void {
  const { to, priority, notice } = mail;
  // Mail for a destroyed agent must not reach a later one with its name.
  if ((findAgent(tx.db, to)?.createdAt ?? 0) > fact.at) return;
  // Facts with one message had no index.
  const key = `forge:${fact.id}:${fact.at}${index === 0 ? '' : `:${index}`}`;
  attempt(tx, (inner) =>
    hive.post(inner, {
      sender: SYSTEM,
      kind: 'system',
      notice,
      to,
      body: composeBody(mail.body),
      priority,
      key,
    }),
  );
}

/** The forge's own text unchanged, foreign text between marks that it cannot close. */
export function composeBody(parts: FactMail['body']): string {
  return `The forge: ${parts.map((part) => (typeof part === 'string' ? part : quoteWords(part.quote))).join('')}`;
}
