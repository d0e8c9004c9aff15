import { expect, test } from 'vitest';
import type { Receipt } from '../../../protocol/schemas/message.ts';
import { testReceipt } from '../../../protocol/testing/test-receipt.ts';
import { listSteps, sayReceipt } from './say-receipt.ts';

const queued = testReceipt();

test('receipts as one line of plain text', () => {
  const say = (more: Partial<Receipt>) => sayReceipt({ ...queued, ...more }, 3_000);
  expect(say({})).toBe('scout: waiting for 2s');
  expect(say({ wokenAt: 1_001, copy: true })).toBe('scout (copy): waiting for 2s, woken');
  expect(say({ heldUntil: 8_000, note: 'polite loop' })).toBe('scout: waiting for 2s, held for 5s more (polite loop)');
  expect(say({ heldUntil: 8e15, note: 'paused' })).toBe('scout: waiting for 2s, held until you let it go on (paused)');
  expect(say({ attempts: 1, turn: 4, note: 'the CLI crashed' })).toBe(
    'scout: waiting for 2s, 1 turn did not finish (the CLI crashed)',
  );
  expect(say({ state: 'leased', attempts: 1, turn: 4 })).toBe('scout: handed to turn 4, not read yet');
  expect(say({ state: 'leased', attempts: 2, turn: 4, inContextAt: 1_040 })).toBe(
    'scout: in the context of turn 4 after 40ms, attempt 2, not handled yet',
  );
  expect(say({ state: 'done', attempts: 1, turn: 4, inContextAt: 1_040, endedAt: 2_200 })).toBe(
    'scout: in context after 40ms, handled by turn 4 after 1.2s',
  );
  expect(say({ recipient: 'operator', state: 'done', endedAt: 2_000 })).toBe('operator: read after 1s');
  expect(say({ state: 'dead', attempts: 5, turn: 9, note: 'failed' })).toBe(
    'scout: given up, 5 turns did not finish (failed)',
  );
  expect(say({ state: 'expired', endedAt: 2_000 })).toBe('scout: expired unread after 1s');
  expect(say({ state: 'withdrawn', endedAt: 2_000, note: 'dropped by operator' })).toBe(
    'scout: withdrawn after 1s (dropped by operator)',
  );
});

test('every step in order, each with its time', () => {
  const steps = (more: Partial<Receipt>) =>
    listSteps({ ...queued, ...more }).map(({ words, at }) => `${at ?? '–'} ${words}`);
  const handled = { wokenAt: 1_001, leasedAt: 1_002, inContextAt: 1_040, endedAt: 2_000, turn: 4, attempts: 1 };
  expect(steps({ ...handled, state: 'done' })).toEqual([
    '1000 stored',
    '1001 woken',
    '1002 leased to turn 4',
    '1040 in context',
    '2000 handled',
  ]);
  expect(steps({ attempts: 2, turn: 4, leasedAt: 1_002, note: 'the CLI crashed', expiresAt: 9_000 })).toEqual([
    '1000 stored',
    '1002 leased to turn 4',
    '– put back by turn 4, waits: the CLI crashed',
    '9000 expires',
  ]);
  expect(steps({ state: 'dead', attempts: 5, endedAt: 2_000, note: 'failed' })).toEqual([
    '1000 stored',
    '2000 given up after 5 turns: failed',
  ]);
  expect(steps({ state: 'expired', endedAt: 2_000 })).toEqual(['1000 stored', '2000 expired']);
  expect(steps({ recipient: 'operator', state: 'done', endedAt: 2_000 })).toEqual(['1000 stored', '2000 read']);
  expect(steps({ heldUntil: 9_000, note: 'polite loop' })).toEqual([
    '1000 stored',
    '– held: polite loop',
    '9000 goes on',
  ]);
  expect(steps({ heldUntil: 8e15 })).toEqual(['1000 stored', '– held until you let it go on']);
  expect(steps({ state: 'leased', leasedAt: 1_002, turn: 4 })).toEqual([
    '1000 stored',
    '1002 leased to turn 4',
    '– turn is beginning',
  ]);
});
