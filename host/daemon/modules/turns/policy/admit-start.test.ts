import { expect, test } from 'vitest';
import { refuseStart, slotsOf } from './admit-start.ts';

const room = { slots: 3, freeBytes: 1_000, reserveBytes: 200 };
const start = { bytes: 300, before: [], mayWait: true };

test.each([
  ['alone', {}, null],
  ['what is starting will take what is free', { before: [{ bytes: 600 }] }, 'memory'],
  ['exactly the reserve stays', { bytes: 800 }, null],
  ['less than the reserve would stay', { bytes: 801 }, 'memory'],
  ['too large for the machine, and nothing can end for it', { bytes: 5_000, mayWait: false }, null],
  ['the same while another one starts', { bytes: 5_000, mayWait: false, before: [{ bytes: 1 }] }, 'memory'],
  ['all slots are taken', { before: [{ bytes: 1 }, { bytes: 1 }, { bytes: 1 }] }, 'processor'],
  ['one slot is left', { before: [{ bytes: 1 }, { bytes: 1 }] }, null],
])('%s', (_, of, refusal) => {
  expect(refuseStart(room, { ...start, ...of })).toBe(refusal);
});

test('a machine starts one more than it has cores', () => {
  expect([slotsOf(1), slotsOf(16)]).toEqual([2, 17]);
});
