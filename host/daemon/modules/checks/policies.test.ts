import { expect, test } from 'vitest';
import { createCheckStanding, judgeChecks } from './check-standing.ts';
import { hasRoom } from './has-room.ts';
import { judgeEnd } from './judge-end.ts';

const box = (exitCode: number, oomKilled = false) => ({ exitCode, oomKilled, ranMs: 1, memoryMb: 256 });
const seen = { isLate: false, isStopping: false };

test.each([
  [
    { ...seen, end: box(0) },
    { kind: 'exited', exitCode: 0, outOfMemory: false },
  ],
  [
    { ...seen, end: box(3) },
    { kind: 'exited', exitCode: 3, outOfMemory: false },
  ],
  [
    { ...seen, end: box(137, true) },
    { kind: 'exited', exitCode: 137, outOfMemory: true },
  ],
  // The kernel killed something else in it: the command went on, and ended well.
  [
    { ...seen, end: box(0, true) },
    { kind: 'exited', exitCode: 0, outOfMemory: false },
  ],
  [{ ...seen, end: null }, { kind: 'lost' }],
  [{ ...seen, end: box(113) }, { kind: 'lost' }],
  [{ ...seen, isLate: true, end: null }, { kind: 'timed_out' }],
  [{ ...seen, isStopping: true, end: null }, { kind: 'returned' }],
] as const)('%j is %j', (what, end) => {
  expect(judgeEnd(what)).toMatchObject(end);
});

test('one check always has room; a further one needs its memory', () => {
  const MIB = 1024 * 1024;
  const room = { memoryMb: 2_048, reserveMb: 512 };
  expect(hasRoom({ ...room, running: 0, freeBytes: 0 })).toBe(true);
  expect(hasRoom({ ...room, running: 1, freeBytes: 2_000 * MIB })).toBe(false);
  expect(hasRoom({ ...room, running: 1, freeBytes: 2_560 * MIB })).toBe(true);
});

test('the doctor says why checks wait', () => {
  const standing = createCheckStanding(2);
  expect(judgeChecks(standing)).toMatchObject({ level: 'ok', found: '0 of 2 run' });
  expect(judgeChecks({ ...standing, running: 1, waitsFor: 'for the container engine' })).toMatchObject({
    level: 'warn',
    found: '1 of 2 run; the next one waits for the container engine',
  });
  expect(judgeChecks(createCheckStanding(0))).toMatchObject({ level: 'warn', found: 'none runs: checks.at_once is 0' });
});
