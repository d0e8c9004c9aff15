import { SYSTEM } from '../../../../protocol/names.ts';
import { attempt } from '../../core/store/attempt.ts';
import type { Tx } from '../../core/writer.ts';
import type { MailContext } from '../mail/mail-context.ts';

/** The hive's word to the owner of a reminder or schedule; one who is gone needs none. */
export function tellOwner(tx: Tx, deps: MailContext, { to, body }: { to: string; body: string }): void {
  attempt(tx, (inner) => deps.post(inner, { sender: SYSTEM, to, kind: 'system', body }));
}
