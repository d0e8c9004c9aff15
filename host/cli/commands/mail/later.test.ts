import { afterEach, describe, expect, test } from 'vitest';
import { runHivectl } from '../../testing/run-hivectl.ts';
import { openStandInHive, type StandInHive } from '../../testing/stand-in-hive.ts';
import { reminderView, scheduleView } from '../../testing/stand-in-mail.ts';

let hive: StandInHive | null = null;
afterEach(async () => {
  await hive?.close();
  hive = null;
});

describe('remind', () => {
  test('after a delay or at a time, with its due time and how to cancel it', async () => {
    const asked: unknown[] = [];
    hive = await openStandInHive({
      createReminder: (input) => {
        asked.push(input);
        return {
          reminder: reminderView(3, { to: input.to, body: input.body }),
          duplicate: input.key !== undefined,
        };
      },
    });
    const ran = await runHivectl(hive.socket, ['remind', 'scout', 'look', 'again', '--in', '10m']);
    expect(ran.out).toMatch(
      /^Reminder 3: scout is reminded at .*\(in 10m\)\. Take it back: hivectl remind cancel 3\n$/,
    );
    const again = await runHivectl(hive.socket, ['remind', 'scout', 'x', '--in', '10m', '--key', 'k']);
    expect(again.out).toMatch(/^Reminder 3 was set before with this key; nothing new was set/);
    expect(asked.pop()).toMatchObject({ key: 'k' });
    await runHivectl(hive.socket, ['remind', 'operator', 'demo', '--at', '2027-01-31T09:00:00+01:00']);
    expect(asked).toEqual([
      { to: 'scout', body: 'look again', in_seconds: 600 },
      { to: 'operator', body: 'demo', at: '2027-01-31T08:00:00.000Z' },
    ]);
  });

  test('list, change and cancel', async () => {
    const asked: unknown[] = [];
    hive = await openStandInHive({
      listReminders: (input) => {
        asked.push(input);
        const fired = { state: 'fired' as const, message: 9 };
        return { reminders: [reminderView(3, input.state === 'fired' ? fired : {})], standing: 5 };
      },
      changeReminder: (input) => {
        asked.push(input);
        return { reminder: reminderView(3) };
      },
      cancelReminder: (input) => {
        asked.push(input);
        return { reminder: reminderView(input.id, { state: 'cancelled' }) };
      },
    });
    const standing = await runHivectl(hive.socket, ['remind', 'list', '--of', 'scout']);
    expect(standing.out).toMatch(/3 +scout +operator +\S+.*\(in 10m\) +look again/);
    expect(standing.out).toContain('4 more: hivectl remind list -n 5');
    const fired = await runHivectl(hive.socket, ['remind', 'list', '--state', 'fired'], { now: 660_000 });
    expect(fired.out).toContain('(1m ago), fired as #9');
    await runHivectl(hive.socket, ['remind', 'change', '3', '--in', '1h', '--text', 'really']);
    expect((await runHivectl(hive.socket, ['remind', 'cancel', '3', '4'])).out).toBe(
      'Reminder 3 for scout is cancelled.\nReminder 4 for scout is cancelled.\n',
    );
    expect(asked).toEqual([
      { of: 'scout', state: 'standing', limit: 100 },
      { state: 'fired', limit: 100 },
      { id: 3, in_seconds: 3_600, body: 'really' },
      { id: 3 },
      { id: 4 },
    ]);
  });
});

describe('schedule', () => {
  test('takes a cron line with its time zone; by default this machine’s zone', async () => {
    const asked: unknown[] = [];
    hive = await openStandInHive({
      createSchedule: (input) => {
        asked.push(input);
        return { schedule: scheduleView(2, { timeZone: input.time_zone }), duplicate: input.key !== undefined };
      },
    });
    const argv = ['schedule', 'scout', 'read the news', '--cron', '0 9 * * 1-5'];
    const more = ['--tz', 'Europe/Berlin', '--action', 'task', '--misfire', 'all', '--window', '2h', '--jitter', '5m'];
    const ran = await runHivectl(hive.socket, [...argv, ...more, '--priority', 'low']);
    expect(ran.out).toMatch(/^Schedule 2 for scout, "0 9 \* \* 1-5" \(Europe\/Berlin\): next run at .* \(in 1h\)\.\n$/);
    await runHivectl(hive.socket, argv);
    const common = { to: 'scout', body: 'read the news', cron: '0 9 * * 1-5' };
    expect(asked).toEqual([
      {
        ...common,
        time_zone: 'Europe/Berlin',
        action: 'task',
        misfire: 'all',
        window_seconds: 7_200,
        jitter_seconds: 300,
        priority: 'low',
      },
      {
        ...common,
        time_zone: new Intl.DateTimeFormat().resolvedOptions().timeZone,
        misfire: 'once',
        window_seconds: 86_400,
        jitter_seconds: 0,
      },
    ]);
  });

  test('a change sends only the given fields', async () => {
    const asked: unknown[] = [];
    hive = await openStandInHive({
      changeSchedule: (input) => {
        asked.push(input);
        return { schedule: scheduleView(input.id, { paused: input.paused ?? false }) };
      },
      cancelSchedule: () => ({ cancelled: true as const }),
    });
    expect((await runHivectl(hive.socket, ['schedule', 'pause', '2'])).out).toContain('paused.');
    await runHivectl(hive.socket, ['schedule', 'resume', '2']);
    await runHivectl(hive.socket, ['schedule', 'change', '2', '--cron', '0 8 * * *', '--text', 'earlier']);
    expect((await runHivectl(hive.socket, ['schedule', 'cancel', '2'])).out).toBe('Schedule 2 is removed.\n');
    expect(asked).toEqual([
      { id: 2, paused: true },
      { id: 2, paused: false },
      { id: 2, cron: '0 8 * * *', body: 'earlier' },
    ]);
  });

  test('list shows the next run, skipped runs, and errors', async () => {
    hive = await openStandInHive({
      listSchedules: () => ({
        schedules: [
          scheduleView(2, { fired: 4, skipped: 3, folded: 2, lastAt: 0, trouble: 'scout is gone' }),
          scheduleView(3, { paused: true }),
          scheduleView(4, { nextAt: null }),
        ],
      }),
    });
    const { out } = await runHivectl(hive.socket, ['schedule', 'list'], { now: 60_000 });
    expect(out).toMatch(
      /2 +scout +operator +message +0 9 \* \* 1-5 Europe\/Berlin .*\(in 59m\) +4, last 1m ago, 3 skipped \(2 as the last one waits unread\) +read the news/,
    );
    expect(out).toMatch(/3 .* paused +0/);
    expect(out).toMatch(/4 .* never again/);
    expect(out).toContain('Schedule 2 could not be carried out last time: scout is gone');
  });
});

test('quiet for a while, and the end of it', async () => {
  const asked: unknown[] = [];
  hive = await openStandInHive({
    setQuiet: (input) => {
      asked.push(input);
      return { until: input.minutes === 0 ? null : 1_800_000 };
    },
  });
  expect((await runHivectl(hive.socket, ['quiet', 'scout', '30m'])).out).toContain(
    '(in 30m). End it: hivectl quiet scout off',
  );
  expect((await runHivectl(hive.socket, ['quiet', 'scout', 'off'])).out).toBe(
    'scout is woken by every message again.\n',
  );
  expect(asked).toEqual([
    { name: 'scout', minutes: 30 },
    { name: 'scout', minutes: 0 },
  ]);
});
