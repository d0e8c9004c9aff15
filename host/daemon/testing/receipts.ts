import type { Receipt } from '../../../protocol/schemas/message.ts';
import { findMessage, receiptsOf } from '../modules/mail/store/messages.ts';
import type { TestHive } from './open-test-hive.ts';

/** A message's receipts, one for each of its recipients. */
export function receiptsFor(hive: Pick<TestHive, 'db'>, id: number): Receipt[] {
  const message = findMessage(hive.db, id);
  return message === null ? [] : receiptsOf(hive.db, message);
}
