import { expect, test } from 'vitest';
import type { Receipt } from '../../../protocol/schemas/message.ts';
import { listSteps, sayReceipt } from './say-receipt.ts';

const queued: Receipt = {
  delivery: 7,
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
};

test('receipts in plain words', () => {
  const say = (more: Partial<Receipt>) => sayReceipt({ ...queued, ...more }, 3_000);
  expect(say({})).toBe('scout: waiting for 2s');
  expect(say({ wokenAt: 1_001, copy: true })).toBe('scout (copy): waiting for 2s, woken');
  expect(say({ heldUntil: 8_000, note: 'polite loop' })).toBe('scout: held, goes on in 5s (polite loop)');
  expect(say({ heldUntil: 9e15, note: 'paused' })).toBe('scout: held until you let it go on (paused)');
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
  expect(say({ state: 'expired', endedAt: 2_000 })).toBe('scout: expired unread after 1s');
  expect(say({ state: 'withdrawn', endedAt: 2_000, note: 'dropped by operator' })).toBe(
    'scout: withdrawn after 1s (dropped by operator)',
  );
});

test('every step in order, each with its time', () => {
  const steps = (more: Partial<Receipt>) =>
    listSteps({ ...queued, ...more }).map(({ what, at }) => `${at ?? '–'} ${what}`);
  const handled = { wokenAt: 1_001, leasedAt: 1_002, inContextAt: 1_040, endedAt: 2_000, turn: 4, attempts: 1 };
  expect(steps({ ...handled, state: 'done' })).toEqual([
    '1000 stored',
    '1001 woken',
    '1002 leased to turn 4',
    '1040 in context',
    '2000 handled (turn done)',
  ]);
  expect(steps({ attempts: 2, turn: 4, leasedAt: 1_002, note: 'the CLI crashed', expiresAt: 9_000 })).toEqual([
    '1000 stored',
    '1002 leased to turn 4, attempt 2',
    '– released: the CLI crashed',
    '9000 expires',
  ]);
  expect(steps({ state: 'dead', attempts: 5, endedAt: 2_000, note: 'failed' })).toEqual([
    '1000 stored',
    '2000 dead after 5 turns: failed',
  ]);
  expect(steps({ state: 'expired', endedAt: 2_000 })).toEqual(['1000 stored', '2000 expired']);
  expect(steps({ state: 'done', endedAt: 2_000 })).toEqual(['1000 stored', '2000 read']);
});
