import { expect, test } from 'vitest';
import { MAX_ATTACHMENTS, MAX_BODY_BYTES, MAX_FILE_BYTES, type Receipt } from '../../../../protocol/schemas/message.ts';
import { testReceipt } from '../../../../protocol/testing/test-receipt.ts';
import { PAGE_MAX_FILE_BYTES } from './files.ts';
import { PAGE_MAX_ATTACHMENTS, PAGE_MAX_BODY_BYTES } from './mutations.ts';
import { summarizeReceipts } from './receipts.ts';

const receipt = (given: Partial<Receipt>) => testReceipt({ recipient: 'coder', storedAt: 1, ...given });

test('receipts of many recipients are summarized with the colour of the worst state', () => {
  expect(summarizeReceipts([receipt({ state: 'done' }), receipt({ state: 'dead' })])).toEqual({
    color: 'red',
    text: '2 recipients: 1 handled, 1 given up',
  });
  expect(summarizeReceipts([receipt({ state: 'done', attempts: 2 })])).toEqual({
    color: 'green',
    text: 'coder: handled, attempt 2',
  });
  expect(summarizeReceipts([receipt({ state: 'done' }), receipt({ state: 'expired' })]).color).toBe('orange');
  expect(summarizeReceipts([receipt({ recipient: 'operator' })])).toEqual({ color: 'gray', text: 'You: unread' });
});

test('the page has the same limits as the protocol: message length, file size, number of attachments', () => {
  expect(PAGE_MAX_BODY_BYTES).toBe(MAX_BODY_BYTES);
  expect(PAGE_MAX_FILE_BYTES).toBe(MAX_FILE_BYTES);
  expect(PAGE_MAX_ATTACHMENTS).toBe(MAX_ATTACHMENTS);
});
