import type { Receipt } from '../schemas/message.ts';

/** A receipt for tests: stored for scout at 1,000 ms and still queued, with the given fields changed. */
export function testReceipt(overrides: Partial<Receipt> = {}): Receipt {
  return {
    delivery: 1,
    recipient: 'scout',
    state: 'queued',
    copy: false,
    attempts: 0,
    turn: null,
    storedAt: 1_000,
    wokenAt: null,
    leasedAt: null,
    inContextAt: null,
    endedAt: null,
    expiresAt: null,
    heldUntil: null,
    note: null,
    ...overrides,
  };
}
