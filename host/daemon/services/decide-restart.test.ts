import { describe, expect, test } from 'vitest';
import { decideRestart, type RestartFacts } from './decide-restart.ts';

const crash = (facts: Partial<RestartFacts>) =>
  decideRestart({ stopping: false, exitCode: 1, healthyMs: null, failures: 0, random: 0, ...facts });

describe('decideRestart', () => {
  test('a stopped service stays stopped', () => {
    expect(crash({ stopping: true, exitCode: 0 })).toEqual({ do: 'stay_stopped' });
  });

  test('delays double from 200 ms to 30 s', () => {
    const delays = Array.from({ length: 10 }, (_, failures) => crash({ failures })).map((decision) =>
      decision.do === 'restart' ? decision.inMs : null,
    );
    expect(delays).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
    expect(crash({ failures: 1_000 })).toEqual({ do: 'restart', inMs: 30_000, failures: 1_001, quiet: false });
  });

  test('jitter shortens a delay', () => {
    expect(crash({ failures: 2, random: 0.5 })).toMatchObject({ inMs: 600 });
  });

  test('a minute of health resets the count of failures, less does not', () => {
    expect(crash({ failures: 7, healthyMs: 60_000 })).toEqual({ do: 'restart', inMs: 200, failures: 1, quiet: false });
    expect(crash({ failures: 7, healthyMs: 59_999 })).toEqual({
      do: 'restart',
      inMs: 25_600,
      failures: 8,
      quiet: false,
    });
  });

  test('an exit that hived did not request is a failure, code 0 or not', () => {
    expect(crash({ exitCode: 0 })).toEqual({ do: 'restart', inMs: 200, failures: 1, quiet: false });
    expect(crash({ exitCode: null })).toEqual({ do: 'restart', inMs: 200, failures: 1, quiet: false });
  });

  test('a taken port is tried every 100 ms for 5 s, then with the usual delays', () => {
    expect(crash({ exitCode: 73, failures: 0 })).toEqual({ do: 'restart', inMs: 100, failures: 1, quiet: false });
    expect(crash({ exitCode: 73, failures: 49 })).toEqual({ do: 'restart', inMs: 100, failures: 50, quiet: true });
    expect(crash({ exitCode: 73, failures: 50 })).toEqual({ do: 'restart', inMs: 200, failures: 51, quiet: false });
    expect(crash({ exitCode: 73, failures: 60 })).toEqual({ do: 'restart', inMs: 30_000, failures: 61, quiet: false });
  });
});
