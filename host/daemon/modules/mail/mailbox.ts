import { HiveError } from '../../../../protocol/errors.ts';
import { OPERATOR, SYSTEM } from '../../../../protocol/names.ts';
import type { MessageKind } from '../../../../protocol/schemas/message.ts';
import { bootFacts } from '../agents/queries.ts';
import type { Db } from '../../../../store/open-store.ts';
import { ridingFill } from './store/mailboxes.ts';
import type { RecipientFacts } from './store/send-facts.ts';
import type { Tx } from '../../core/writer.ts';
import type { Resolved, Target } from './address.ts';
import type { MailContext } from './mail-context.ts';
import type { SendView } from './send-view.ts';

type Fill = Pick<RecipientFacts, 'queued' | 'bytes'>;

/** Retry time when it is unknown when the mailbox will have capacity. */
const TRY_AGAIN_MS = 60_000;

/**
 * Returns the targets whose mailboxes have capacity for one more message. If the mailbox of a single
 * recipient is full it throws `mailbox_full` with `retryAfterMs`; a group's members with full mailboxes are
 * skipped, and copies are left out. Messages from the hive and the operator, answers to open questions, and
 * reminders are always accepted; escalations get twice the capacity. Notices that ride along do not count.
 */
export function checkCapacity(
  tx: Tx,
  deps: MailContext,
  mail: { view: SendView; sender: string; kind: MessageKind; bytes: number; resolved: Resolved },
): Pick<Resolved, 'targets' | 'skipped'> {
  const { view, sender, kind, bytes, resolved } = mail;
  if (sender === OPERATOR || sender === SYSTEM || kind === 'reminder' || kind === 'answer') return resolved;
  // A mailbox full of ordinary mail must still accept reports of trouble.
  const share = kind === 'escalation' ? 2 : 1;
  const { mailboxMaxMessages, mailboxMaxBytes } = deps.rules;
  const isFull = (fill: Fill) =>
    fill.queued >= share * mailboxMaxMessages || fill.bytes + bytes > share * mailboxMaxBytes;
  const full: Target[] = [];
  for (const target of resolved.targets) {
    const fill = view.of(target.name);
    if (!isFull(fill) || !isFull(withoutRiding(tx.db, target.name, fill))) continue;
    if (!resolved.isGroup && !target.copy) throw mailboxFull(tx, deps, { target, fill });
    full.push(target);
  }
  if (full.length === 0) return resolved;
  const targets = resolved.targets.filter((target) => !full.includes(target));
  if (targets.length === 0)
    throw new HiveError('mailbox_full', `All ${full.length} mailboxes are full. Try again later.`);
  return {
    targets,
    skipped: [...resolved.skipped, ...full.map(({ name }) => ({ name, why: 'Its mailbox is full.' }))],
  };
}

/** Notices that ride along take no capacity: they would keep out the mail that they wait for. */
function withoutRiding(db: Db, owner: string, fill: Fill): Fill {
  const riding = ridingFill(db, owner);
  return { queued: fill.queued - riding.queued, bytes: fill.bytes - riding.bytes };
}

function mailboxFull(tx: Tx, deps: MailContext, { target, fill }: { target: Target; fill: Fill }): HiveError {
  const now = deps.clock();
  const facts = bootFacts(tx.db, target.name);
  const until = Math.max(facts?.notBefore ?? 0, facts?.quietUntil ?? 0);
  const retryAfterMs = until > now ? until - now : TRY_AGAIN_MS;
  return new HiveError(
    'mailbox_full',
    `${target.name} has ${fill.queued} messages waiting and takes no more. Try again in ${Math.ceil(retryAfterMs / 1_000)} s, or ask the operator.`,
    { details: { mailbox: target.name, messages: fill.queued, bytes: fill.bytes, retryAfterMs } },
  );
}
