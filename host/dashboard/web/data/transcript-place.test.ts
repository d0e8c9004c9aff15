import { expect, test } from 'vitest';
import { readPlace, readTypedPlace } from './transcript-place.ts';

test('an address names an event, a message or a turn', () => {
  expect(readPlace('?event=12', '')).toEqual({ is: 'event', seq: 12 });
  expect(readPlace('?message=108', '#turn-3')).toEqual({ is: 'message', message: 108 });
  expect(readPlace('', '#turn-3')).toEqual({ is: 'turn', turn: 3 });
  for (const [search, hash] of [
    ['?event=x', ''],
    ['?event=-1', '#main'],
    ['', '#turn-0'],
    ['', '#turn-3x'],
  ] as const)
    expect(readPlace(search, hash)).toBeNull();
});

test('a reader names a turn or a message; other words are searched for', () => {
  expect(readTypedPlace(' Turn 12 ')).toEqual({ is: 'turn', turn: 12 });
  expect(readTypedPlace('#108')).toEqual({ is: 'message', message: 108 });
  for (const text of ['12', 'turn', '#x', 'turn 12 failed']) expect(readTypedPlace(text)).toBeNull();
});
