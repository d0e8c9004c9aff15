import { SYSTEM } from '../../../../protocol/names.ts';
import { attempt } from '../../core/store/attempt.ts';
import type { Tx } from '../../core/writer.ts';
import type { PostDeps } from '../mail/mail-deps.ts';
import { postMessage } from '../mail/post.ts';

/** The hive's word to the owner of a reminder or schedule; one who is gone needs none. */
export function tellOwner(tx: Tx, deps: PostDeps, { to, body }: { to: string; body: string }): void {
  attempt(tx, (inner) => postMessage(inner, deps, { sender: SYSTEM, to, kind: 'system', body }));
}
