import { expect, test } from 'vitest';
import { MAX_BODY_BYTES, type Receipt } from '../../../../protocol/schemas/message.ts';
import { PAGE_MAX_BODY_BYTES } from './mutations.ts';
import { describeReceipt, summarizeReceipts, traceReceipt } from './receipts.ts';

const receipt = (given: Partial<Receipt>): Receipt => ({
  recipient: 'coder',
  state: 'queued',
  attempts: 0,
  turn: null,
  storedAt: 1,
  leasedAt: null,
  inContextAt: null,
  endedAt: null,
  note: null,
  ...given,
});
const texts = (given: Partial<Receipt>) => traceReceipt(receipt(given)).map(({ text }) => text);

test('a receipt tells the whole way, as far as it went', () => {
  expect(texts({})).toEqual(['Stored', 'Waits for a turn']);
  expect(texts({ state: 'leased', turn: 4, leasedAt: 2 })).toEqual(['Stored', 'Leased to turn 4', 'Turn is beginning']);
  expect(texts({ state: 'done', turn: 4, leasedAt: 2, inContextAt: 3, endedAt: 4 })).toEqual([
    'Stored',
    'Leased to turn 4',
    'In context',
    'Handled',
  ]);
  expect(texts({ state: 'dead', turn: 4, leasedAt: 2, endedAt: 4 }).at(-1)).toBe('Given up');
  expect(texts({ state: 'queued', turn: 4, leasedAt: 2 }).at(-1)).toBe('Put back, waits for a turn');
  expect(texts({ recipient: 'operator', state: 'done', endedAt: 4 })).toEqual(['Stored', 'Read']);
});

test('many recipients are summed up by the worst of them', () => {
  expect(summarizeReceipts([receipt({ state: 'done' }), receipt({ state: 'dead' })])).toEqual({
    color: 'red',
    text: '2 recipients: 1 handled, 1 given up',
  });
  expect(summarizeReceipts([receipt({ state: 'done', attempts: 2 })])).toEqual({
    color: 'green',
    text: 'Handled, attempt 2',
  });
  expect(describeReceipt(receipt({ recipient: 'operator' }))).toBe('unread');
});

test('the page knows the longest message', () => {
  expect(PAGE_MAX_BODY_BYTES).toBe(MAX_BODY_BYTES);
});
