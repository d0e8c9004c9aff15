import { SYSTEM } from '../../../../protocol/names.ts';
import { attempt } from '../../core/store/attempt.ts';
import type { Tx } from '../../core/writer.ts';
import type { MailContext } from '../mail/mail-context.ts';

/** Sends the hive's notice to the owner of a reminder or schedule, unless the owner is gone. */
export function tellOwner(tx: Tx, deps: MailContext, { to, body }: { to: string; body: string }): void {
  attempt(tx, (inner) => deps.post(inner, { sender: SYSTEM, to, kind: 'system', notice: 'timer', body }));
}
