import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Misfire } from '../../../../protocol/schemas/reminder.ts';
import { nextRunAt, planDue, refuseImpossible } from './next-run.ts';

const at = (text: string) => Date.parse(text);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const berlin = { id: 1, cron: '30 2 * * *', timeZone: 'Europe/Berlin', jitterMs: 0 };

/** The plan of a schedule of every 10 minutes, due at 12:00, at a later time. */
function planAt(misfire: Misfire, now: string, more: { windowMs?: number; cron?: string; most?: number } = {}) {
  const { windowMs = 24 * HOUR, cron = '*/10 * * * *', most = 500 } = more;
  const schedule = { id: 1, cron, timeZone: 'UTC', jitterMs: 0, misfire, windowMs, nextAt: at('2026-05-01T12:00:00Z') };
  const plan = planDue(schedule, at(now), most);
  return {
    runs: plan.runs.map((run) => new Date(run.dueAt).toISOString().slice(11, 16)),
    skipped: plan.skipped,
    next: plan.nextAt === null ? null : new Date(plan.nextAt).toISOString().slice(11, 16),
  };
}

describe('daylight saving', () => {
  test('a time that the clocks skip runs once, right after the gap, and the next day at its usual time', () => {
    const first = nextRunAt(berlin, at('2026-03-28T12:00:00Z'));
    expect(first).toBe(at('2026-03-29T01:00:00Z'));
    expect(nextRunAt(berlin, first!)).toBe(at('2026-03-30T00:30:00Z'));
  });

  test('a time that occurs twice runs once', () => {
    const first = nextRunAt(berlin, at('2026-10-24T12:00:00Z'));
    expect(first).toBe(at('2026-10-25T00:30:00Z'));
    expect(nextRunAt(berlin, first!)).toBe(at('2026-10-26T01:30:00Z'));
  });

  test.each([['2026-03-28T22:00:00Z'], ['2026-10-24T22:00:00Z']])(
    'a run every half hour stays so through the change after %s',
    (from) => {
      for (let now = at(from), step = 0; step < 12; step += 1, now += 30 * MINUTE)
        expect(nextRunAt({ ...berlin, cron: '*/30 * * * *' }, now)).toBe(now + 30 * MINUTE);
    },
  );
});

describe('due runs', () => {
  test.each(['skip', 'once', 'all'] as const)('on time fire, whatever the rule for missed runs (%s)', (misfire) => {
    expect(planAt(misfire, '2026-05-01T12:00:02Z')).toEqual({ runs: ['12:00'], skipped: 0, next: '12:10' });
  });

  test.each<[Misfire, string, ReturnType<typeof planAt>]>([
    ['skip', '2026-05-01T12:35:00Z', { runs: [], skipped: 4, next: '12:40' }],
    ['skip', '2026-05-01T12:30:05Z', { runs: ['12:30'], skipped: 3, next: '12:40' }],
    ['skip', '2026-05-01T12:05:00Z', { runs: [], skipped: 1, next: '12:10' }],
    ['once', '2026-05-01T12:35:00Z', { runs: ['12:00'], skipped: 3, next: '12:40' }],
    ['once', '2027-05-01T12:00:00Z', { runs: ['12:00'], skipped: 200, next: '12:10' }],
    ['all', '2026-05-01T12:35:00Z', { runs: ['12:00', '12:10', '12:20', '12:30'], skipped: 0, next: '12:40' }],
  ])('and missed, with misfire %s, at %s', (misfire, now, expected) => {
    expect(planAt(misfire, now)).toEqual(expected);
  });

  test('missed ones fire only within the window', () => {
    expect(planAt('all', '2026-05-01T12:35:00Z', { windowMs: 16 * MINUTE })).toEqual({
      runs: ['12:20', '12:30'],
      skipped: 2,
      next: '12:40',
    });
  });

  test('that do not fit the batch follow: the schedule is due again at once', () => {
    expect(planAt('all', '2026-05-01T12:35:00Z', { most: 3 })).toEqual({
      runs: ['12:00', '12:10', '12:20'],
      skipped: 0,
      next: '12:30',
    });
  });

  test('processed in batches, each run within the window fires exactly once, and in order', () => {
    const situation = fc.record({
      misfire: fc.constantFrom<Misfire[]>('skip', 'once', 'all'),
      late: fc.integer({ min: 0, max: 3 * HOUR }),
      most: fc.integer({ min: 1, max: 7 }),
      jitterMs: fc.nat(600_000),
    });
    fc.assert(
      fc.property(situation, ({ misfire, late, most, jitterMs }) => {
        const schedule = { id: 7, cron: '*/5 * * * *', timeZone: 'UTC', jitterMs, misfire, windowMs: HOUR };
        const begun = nextRunAt(schedule, at('2026-05-01T12:00:00Z'))!;
        const now = begun + late;
        const fired: number[] = [];
        let skipped = 0;
        let nextAt: number | null = begun;
        while (nextAt !== null && nextAt <= now) {
          const plan = planDue({ ...schedule, nextAt }, now, most);
          fired.push(...plan.runs.map((run) => run.firesAt));
          skipped += plan.skipped;
          nextAt = plan.nextAt;
        }
        const due = Math.floor(late / (5 * MINUTE)) + 1;
        expect(fired.length + skipped).toBe(due);
        expect(fired).toEqual([...new Set(fired)].sort((a, b) => a - b));
        expect(nextAt).toBe(begun + due * 5 * MINUTE);
        const all = Array.from({ length: due }, (_, index) => begun + index * 5 * MINUTE);
        if (misfire === 'all') expect(fired).toEqual(all.filter((firesAt) => now - firesAt <= HOUR));
        if (misfire === 'once') expect(fired).toEqual([begun]);
      }),
    );
  });
});

describe('jitter', () => {
  test('spreads schedules of one line over its span, the same way each time', () => {
    const now = at('2026-05-01T11:30:00Z');
    const delays = Array.from({ length: 200 }, (_, index) => {
      const schedule = { id: index + 1, cron: '0 12 * * *', timeZone: 'UTC', jitterMs: 10 * MINUTE };
      const fires = nextRunAt(schedule, now)!;
      expect(nextRunAt(schedule, now)).toBe(fires);
      return fires - at('2026-05-01T12:00:00Z');
    });
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...delays)).toBeLessThanOrEqual(10 * MINUTE);
    for (let tenth = 0; tenth < 10; tenth += 1)
      expect(delays.filter((delay) => Math.floor(delay / MINUTE) === tenth).length).toBeGreaterThan(5);
  });
});

test.each([
  ['0 0 30 2 *', 'UTC', 'never comes'],
  ['61 * * * *', 'UTC', 'minute'],
  ['* * * * * *', 'UTC', 'more often'],
  ['every day', 'UTC', 'fields'],
  ['0 9 * * *', 'Mars/Olympus', 'Mars/Olympus'],
])('the line %s in %s is refused, with the reason', (cron, timeZone, said) => {
  expect(() => refuseImpossible({ cron, timeZone })).toThrow(
    expect.objectContaining({ code: 'impossible_cron', message: expect.stringContaining(said) as string }),
  );
});
