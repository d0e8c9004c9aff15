import type { Receipt } from '../../protocol/schemas/message.ts';

/** Numbers of deliveries, apart in the whole process. */
let deliveries = 500;

export function fakeReceipt(recipient: string, at: number, given: Partial<Receipt> = {}): Receipt {
  return {
    delivery: ++deliveries,
    recipient,
    state: 'queued',
    copy: false,
    attempts: 0,
    turn: null,
    storedAt: at,
    wokenAt: null,
    leasedAt: null,
    inContextAt: null,
    endedAt: null,
    expiresAt: null,
    heldUntil: null,
    note: null,
    ...given,
  };
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
