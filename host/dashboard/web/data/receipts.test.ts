import { expect, test } from 'vitest';
import { MAX_ATTACHMENTS, MAX_BODY_BYTES, MAX_FILE_BYTES, type Receipt } from '../../../../protocol/schemas/message.ts';
import { PAGE_MAX_FILE_BYTES } from './files.ts';
import { PAGE_MAX_ATTACHMENTS, PAGE_MAX_BODY_BYTES } from './mutations.ts';
import { describeReceipt, summarizeReceipts, traceReceipt } from './receipts.ts';

const receipt = (given: Partial<Receipt>): Receipt => ({
  delivery: 1,
  recipient: 'coder',
  state: 'queued',
  copy: false,
  attempts: 0,
  turn: null,
  storedAt: 1,
  wokenAt: null,
  leasedAt: null,
  inContextAt: null,
  endedAt: null,
  expiresAt: null,
  heldUntil: null,
  note: null,
  ...given,
});
const texts = (given: Partial<Receipt>) => traceReceipt(receipt(given)).map(({ text, tone }) => `${tone}: ${text}`);

test('a receipt tells the whole way: what is behind it, where it is, what is to come', () => {
  expect(texts({})).toEqual(['done: Stored', 'now: Waits for a turn', 'next: In context', 'next: Handled']);
  expect(texts({ state: 'leased', turn: 4, wokenAt: 2, leasedAt: 2 })).toEqual([
    'done: Stored',
    'done: Woken',
    'done: Leased to turn 4',
    'now: Turn is beginning',
    'next: In context',
    'next: Handled',
  ]);
  expect(texts({ state: 'done', turn: 4, wokenAt: 2, leasedAt: 2, inContextAt: 3, endedAt: 4 })).toEqual([
    'done: Stored',
    'done: Woken',
    'done: Leased to turn 4',
    'done: In context',
    'done: Handled',
  ]);
  expect(texts({ recipient: 'operator', state: 'done', endedAt: 4 })).toEqual(['done: Stored', 'done: Read']);
});

test('what left the way says how', () => {
  expect(texts({ state: 'dead', turn: 4, leasedAt: 2, endedAt: 4 }).at(-1)).toBe('bad: Given up');
  expect(texts({ state: 'expired', endedAt: 4 }).at(-1)).toBe('bad: Expired');
  expect(texts({ state: 'withdrawn', endedAt: 4 }).at(-1)).toBe('bad: Withdrawn');
  expect(texts({ state: 'queued', attempts: 1, turn: 4, leasedAt: 2 })).toContain('now: Put back by turn 4, waits');
  expect(texts({ state: 'queued', heldUntil: 900 })).toContain('held: Held');
});

test('many recipients are summed up by the worst of them', () => {
  expect(summarizeReceipts([receipt({ state: 'done' }), receipt({ state: 'dead' })])).toEqual({
    color: 'red',
    text: '2 recipients: 1 handled, 1 given up',
  });
  expect(summarizeReceipts([receipt({ state: 'done', attempts: 2 })])).toEqual({
    color: 'green',
    text: 'coder: handled, attempt 2',
  });
  expect(summarizeReceipts([receipt({ state: 'done' }), receipt({ state: 'expired' })]).color).toBe('orange');
  expect(describeReceipt(receipt({ recipient: 'operator' }))).toBe('unread');
});

test('the page knows the longest message, the largest file and how many there may be', () => {
  expect(PAGE_MAX_BODY_BYTES).toBe(MAX_BODY_BYTES);
  expect(PAGE_MAX_FILE_BYTES).toBe(MAX_FILE_BYTES);
  expect(PAGE_MAX_ATTACHMENTS).toBe(MAX_ATTACHMENTS);
});
