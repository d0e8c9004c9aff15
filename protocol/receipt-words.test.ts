import { describe, expect, test } from 'vitest';
import {
  holdOf,
  labelReceipt,
  listQueued,
  reasonOf,
  type ReceiptStage,
  sayReceiptStage,
  stageOf,
  traceReceipt,
} from './receipt-words.ts';
import type { Receipt } from './schemas/message.ts';
import { testReceipt } from './testing/test-receipt.ts';

const queued = testReceipt({ delivery: 7, storedAt: 10 });
const leased: Partial<Receipt> = { state: 'leased', attempts: 1, turn: 4, wokenAt: 11, leasedAt: 12 };
const tried: Partial<Receipt> = { ...leased, state: 'queued', attempts: 2, inContextAt: 13 };
const FORMAT = {
  reached: (at: number, storedAt: number) => `+${at - storedAt}`,
  since: (at: number) => `since ${at}`,
  until: (at: number) => `until ${at}`,
  untilReleased: 'until released',
};

/** Every stage: the delivery, its label, its sentence, and its steps with their tones and times. */
const STAGES: [
  stage: ReceiptStage,
  given: Partial<Receipt>,
  words: { label: string; sentence: string; steps: string[] },
][] = [
  [
    'unread',
    { recipient: 'operator', wokenAt: 11 },
    { label: 'unread', sentence: 'waiting since 10', steps: ['done stored 10', 'now unread –'] },
  ],
  [
    'waiting',
    { wokenAt: 11 },
    {
      label: 'waiting',
      sentence: 'waiting since 10, woken',
      steps: ['done stored 10', 'done woken 11', 'now waits for a turn –', 'next in context –', 'next handled –'],
    },
  ],
  [
    'rides',
    { rides: true },
    {
      label: 'rides along',
      sentence: 'waiting since 10, rides along with the next mail',
      steps: ['done stored 10', 'now rides along with the next mail –', 'next in context –', 'next handled –'],
    },
  ],
  [
    'held',
    { heldUntil: 90 },
    {
      label: 'held',
      sentence: 'waiting since 10, held until 90',
      steps: ['done stored 10', 'held held –', 'next in context –', 'next handled –'],
    },
  ],
  [
    'put_back',
    tried,
    {
      label: 'waiting, attempt 2',
      sentence: 'waiting since 10, woken, 2 turns did not finish',
      steps: [
        'done stored 10',
        'done woken 11',
        'done leased to turn 4 12',
        'done in context 13',
        'now put back by turn 4, waits –',
        'next in context –',
        'next handled –',
      ],
    },
  ],
  [
    'leased',
    leased,
    {
      label: 'in turn 4',
      sentence: 'handed to turn 4 +2, not read yet',
      steps: [
        'done stored 10',
        'done woken 11',
        'done leased to turn 4 12',
        'now turn is beginning –',
        'next in context –',
        'next handled –',
      ],
    },
  ],
  [
    'in_context',
    { ...leased, attempts: 2, inContextAt: 13 },
    {
      label: 'in turn 4, attempt 2',
      sentence: 'in the context of turn 4 +3, attempt 2, not handled yet',
      steps: [
        'done stored 10',
        'done woken 11',
        'done leased to turn 4 12',
        'done in context 13',
        'now being handled –',
        'next handled –',
      ],
    },
  ],
  [
    'handled',
    { ...leased, state: 'done', inContextAt: 13, endedAt: 20 },
    {
      label: 'handled',
      sentence: 'in context +3, handled by turn 4 +10',
      steps: ['done stored 10', 'done woken 11', 'done leased to turn 4 12', 'done in context 13', 'done handled 20'],
    },
  ],
  [
    'read',
    { recipient: 'operator', state: 'done', endedAt: 20 },
    { label: 'read', sentence: 'read +10', steps: ['done stored 10', 'done read 20'] },
  ],
  [
    'dead',
    { state: 'dead', attempts: 3, endedAt: 20 },
    {
      label: 'given up, attempt 3',
      sentence: 'given up +10, 3 turns did not finish',
      steps: ['done stored 10', 'bad given up after 3 turns 20'],
    },
  ],
  [
    'expired',
    { state: 'expired', endedAt: 20 },
    { label: 'expired', sentence: 'expired unread +10', steps: ['done stored 10', 'bad expired 20'] },
  ],
  [
    'withdrawn',
    { state: 'withdrawn', endedAt: 20 },
    { label: 'withdrawn', sentence: 'withdrawn +10', steps: ['done stored 10', 'bad withdrawn 20'] },
  ],
];

describe.each(STAGES)('a delivery that is: %s', (stage, given, { label, sentence, steps }) => {
  const receipt = { ...queued, ...given };
  test('reads the same way everywhere', () => {
    expect(stageOf(receipt)).toBe(stage);
    expect(labelReceipt(receipt)).toBe(label);
    expect(sayReceiptStage(receipt, FORMAT)).toBe(sentence);
    expect(traceReceipt(receipt).map(({ words, at, tone }) => `${tone} ${words} ${at ?? '–'}`)).toEqual(steps);
  });
});

test('a hold ends by itself or by the operator; the reason of a failed turn is dropped once the next one runs', () => {
  expect(holdOf(queued)).toBeNull();
  expect(holdOf({ ...queued, heldUntil: 90 })).toBe(90);
  expect(holdOf({ ...queued, heldUntil: 8_640_000_000_000_000 })).toBe('released');
  expect(sayReceiptStage({ ...queued, heldUntil: 8_640_000_000_000_000 }, FORMAT)).toBe(
    'waiting since 10, held until released',
  );
  expect(reasonOf({ ...queued, note: 'the CLI crashed' })).toBe('the CLI crashed');
  expect(reasonOf({ ...queued, ...leased, note: 'the CLI crashed' })).toBe('before: the CLI crashed');
});

test.each([
  [{ queued: 0 }, []],
  [{ queued: 3 }, ['3 waiting']],
  [{ queued: 3, riding: 1 }, ['2 waiting', '1 rides along']],
  [{ queued: 2, riding: 2 }, ['2 ride along']],
])('the queued deliveries %j are said as %j', (counts, said) => {
  expect(listQueued(counts)).toEqual(said);
});

test('a delivery whose turn is unknown has a text, too', () => {
  expect(traceReceipt({ ...queued, state: 'leased', leasedAt: 12 }).map(({ words }) => words)).toContain('leased');
  expect(labelReceipt({ ...queued, state: 'leased' })).toBe('in a turn');
  expect(traceReceipt({ ...queued, attempts: 1 }).map(({ words }) => words)).toContain('put back, waits');
  expect(traceReceipt({ ...queued, state: 'dead' }).at(-1)?.words).toBe('given up');
});
