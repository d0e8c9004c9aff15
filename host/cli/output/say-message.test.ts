import { expect, test } from 'vitest';
import type { Receipt } from '../../../protocol/schemas/message.ts';
import { sayReceipt } from './say-message.ts';

const queued: Receipt = {
  recipient: 'scout',
  state: 'queued',
  attempts: 0,
  turn: null,
  storedAt: 1_000,
  leasedAt: null,
  inContextAt: null,
  endedAt: null,
  note: null,
};

test('receipts in plain words', () => {
  const say = (more: Partial<Receipt>) => sayReceipt({ ...queued, ...more }, 3_000);
  expect(say({})).toBe('scout: waiting for 2s');
  expect(say({ attempts: 1, turn: 4, note: 'the CLI crashed' })).toBe(
    'scout: put back, waits for its next turn (the CLI crashed)',
  );
  expect(say({ state: 'leased', attempts: 1, turn: 4 })).toBe('scout: handed to turn 4, not read yet');
  expect(say({ state: 'leased', attempts: 2, turn: 4, inContextAt: 1_040 })).toBe(
    'scout: in the context of turn 4 after 40ms, attempt 2',
  );
  expect(say({ state: 'done', attempts: 1, turn: 4, inContextAt: 1_040, endedAt: 2_200 })).toBe(
    'scout: in context after 40ms, turn 4 done after 1.2s',
  );
  expect(say({ recipient: 'operator', state: 'done', endedAt: 2_000 })).toBe('operator: read after 1s');
  expect(say({ state: 'dead', attempts: 5, turn: 9, note: 'failed' })).toBe('scout: given up after 5 turns (failed)');
});
