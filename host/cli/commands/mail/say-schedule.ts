import type { ScheduleView } from '../../../../protocol/schemas/reminder.ts';
import { saySince, sayTimeInZone, sayUntil } from '../../output/say-figures.ts';
import type { Terminal } from '../../output/terminal.ts';

export function sayNext(terminal: Terminal, schedule: ScheduleView, now: number): void {
  const { id, cron, timeZone, to } = schedule;
  terminal.say(
    `Schedule ${id} for ${to}, "${cron}" (${timeZone}): ${schedule.paused || schedule.nextAt === null ? '' : 'next run at '}${describeNext(schedule, now)}.`,
  );
  if (cron.trim().split(/\s+/).length === 6) terminal.say('It has 6 fields: the first is seconds.');
}

export function describeRuns({ fired, skipped, folded, lastAt }: ScheduleView, now: number): string {
  const last = lastAt === null ? '' : `, last ${saySince(lastAt, now)}`;
  const waits = folded === 0 ? '' : ` (${folded} as the last one waits unread)`;
  return `${fired}${last}${skipped === 0 ? '' : `, ${skipped} skipped${waits}`}`;
}

/** The next run in local time and from now. */
export function describeNext({ paused, nextAt }: ScheduleView, now: number): string {
  if (paused) return 'paused';
  return nextAt === null ? 'never again' : `${sayTimeInZone(nextAt, now)} (${sayUntil(nextAt, now)})`;
}
