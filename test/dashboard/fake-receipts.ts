import type { Receipt } from '../../protocol/schemas/message.ts';
import { testReceipt } from '../../protocol/testing/test-receipt.ts';

/** The last delivery id; ids are unique in the process. */
let deliveries = 500;

export function fakeReceipt(recipient: string, at: number, given: Partial<Receipt> = {}): Receipt {
  return testReceipt({ delivery: ++deliveries, recipient, storedAt: at, ...given });
}

export const handled = (recipient: string, at: number, turn: number) =>
  fakeReceipt(recipient, at, {
    state: 'done',
    attempts: 1,
    turn,
    wokenAt: at + 2,
    leasedAt: at + 40,
    inContextAt: at + 900,
    endedAt: at + 21_000,
  });
