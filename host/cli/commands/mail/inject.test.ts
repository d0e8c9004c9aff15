import { afterEach, expect, test } from 'vitest';
import { runHivectl } from '../../testing/run-hivectl.ts';
import { openStandInHive, type StandInHive } from '../../testing/stand-in-hive.ts';

let hive: StandInHive | null = null;
afterEach(async () => {
  await hive?.close();
  hive = null;
});

const waiting = { name: 'scout', state: 'held', until: null, reason: 'the operator paused it' } as const;

test.each([
  [{ message: 9, turn: 4, into: 'running_turn' }, '#9: said into turn 4 of scout.'],
  [{ message: 9, turn: 4, into: 'end_of_turn' }, '#9: scout reads it at the end of turn 4: its driver cannot speak'],
  [{ message: 9, turn: null, into: 'next_turn' }, '#9: scout has no turn running; this begins one.'],
  [{ message: 9, turn: null, into: 'waits', waiting }, 'none begins now: the operator paused it.'],
] as const)('inject tells where the words go: %o', async (answer, words) => {
  const asked: unknown[] = [];
  hive = await openStandInHive({
    inject: (input) => {
      asked.push(input);
      return answer;
    },
  });
  const { out } = await runHivectl(hive.socket, ['inject', 'scout', 'leave', 'the tests', 'alone']);
  expect(asked).toEqual([{ name: 'scout', text: 'leave the tests alone' }]);
  expect(out).toContain(words);
  expect(out).toContain('hivectl receipts 9');
});
