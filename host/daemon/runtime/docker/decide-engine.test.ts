import { describe, expect, test } from 'vitest';
import { decideEngine, type EngineFacts } from './decide-engine.ts';

const away: EngineFacts = {
  answered: false,
  awayMs: 3_000,
  mayStart: true,
  isRoot: true,
  serviceManager: false,
  livePid: null,
  starts: 0,
  sinceStartMs: 0,
};

describe('decideEngine', () => {
  test('an engine that answers needs nothing', () => {
    expect(decideEngine({ ...away, answered: true })).toEqual({ do: 'nothing' });
  });

  test('an engine that is away for less than 3 s is not lost yet', () => {
    expect(decideEngine({ ...away, awayMs: 2_999 })).toMatchObject({ do: 'wait', lost: false });
    expect(decideEngine(away)).toEqual({ do: 'start' });
  });

  test.each([
    ['configuration', { mayStart: false }],
    ['root', { isRoot: false }],
    ['service manager', { serviceManager: true }],
    ['process 42', { livePid: 42 }],
  ])('hived does not start it when somebody or something else decides: %s', (word, facts) => {
    expect(decideEngine({ ...away, ...facts })).toMatchObject({
      do: 'wait',
      lost: true,
      why: expect.stringContaining(word),
    });
  });

  test('an unsuccessful start is repeated after 2 s, 4 s, at most 60 s', () => {
    const earliest = [1, 2, 5, 6, 50].map((starts) => {
      let sinceStartMs = 0;
      while (decideEngine({ ...away, starts, sinceStartMs }).do !== 'start') sinceStartMs += 1_000;
      return sinceStartMs;
    });
    expect(earliest).toEqual([2_000, 4_000, 32_000, 60_000, 60_000]);
  });
});
