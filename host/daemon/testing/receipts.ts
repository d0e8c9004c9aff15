import type { Receipt } from '../../../protocol/schemas/message.ts';
import { findMessage, wholeThread } from '../store/messages.ts';
import type { TestHive } from './open-test-hive.ts';

/** Where a message is, for each of its recipients. */
export function receiptsFor(hive: Pick<TestHive, 'db'>, id: number): Receipt[] {
  const thread = findMessage(hive.db, id)?.thread ?? 0;
  return wholeThread(hive.db, thread).find((message) => message.id === id)?.receipts ?? [];
}
