import { OPERATOR } from '../../../../protocol/names.ts';
import { drivesTurn, type Notice } from '../../../../protocol/notices.ts';
import type { Db } from '../../../../store/open-store.ts';
import { findAgent } from '../agents/queries.ts';
import { ridingFill } from './store/mailboxes.ts';

/** With this number of notices that ride along, the last one starts a turn, so that they do not pile up. */
export const MOST_RIDING = 20;

/** Whether a notice starts a turn of its recipient: by its kind and the agent's `wakeFor`, or because many wait. */
export function wakesBy(db: Db, recipient: string, notice: Notice): boolean {
  if (recipient === OPERATOR || drivesTurn(notice, findAgent(db, recipient)?.spec.wakeFor)) return true;
  return ridingFill(db, recipient).queued >= MOST_RIDING - 1;
}
