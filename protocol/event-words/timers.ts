import { because } from './phrases.ts';
import type { EventFormat, EventTable } from './words.ts';

/** Reminders and schedules. */
export const TIMER_EVENTS = {
  'reminder.set': { title: 'reminder set', say: ({ dueAt }, { ahead }) => `for ${ahead(dueAt)}` },
  'reminder.changed': {
    title: 'reminder',
    say: ({ id, dueAt, by }, { ahead }) => `reminder ${id}, now for ${ahead(dueAt)}, by ${by}`,
  },
  'reminder.cancelled': { title: 'reminder off', say: ({ id, by }) => `reminder ${id} by ${by}` },
  'reminder.fired': {
    title: 'reminded',
    say: ({ message, lateMs }, format) => `as #${message}${late(lateMs, format)}`,
  },
  'schedule.set': {
    title: 'schedule set',
    say: ({ id, cron, nextAt }, format) => `schedule ${id} "${cron}"${next(nextAt, format)}`,
  },
  'schedule.changed': {
    title: 'schedule',
    say: ({ id, by, paused, nextAt }, format) => `schedule ${id} by ${by}${paused ? ', paused' : next(nextAt, format)}`,
  },
  'schedule.cancelled': { title: 'schedule off', say: ({ id, by }) => `schedule ${id} by ${by}` },
  'schedule.fired': {
    title: 'schedule ran',
    say: ({ id, message, lateMs, folded = 0, trouble }, format) =>
      `schedule ${id}${message === null ? '' : ` as #${message}`}${late(lateMs, format)}${folded === 0 ? '' : `, ${folded} skipped before it`}${because(trouble)}`,
  },
  'schedule.skipped': {
    title: 'skipped',
    say: ({ id, runs, waiting }) =>
      waiting === undefined
        ? `schedule ${id}, ${runs} runs`
        : `schedule ${id}: its runs are skipped until #${waiting} is read`,
  },
} satisfies EventTable;

function next(nextAt: number | null, { ahead }: EventFormat): string {
  return nextAt === null ? ', never again' : `, next ${ahead(nextAt)}`;
}

/** Less than a second counts as on time. */
function late(ms: number, { span }: EventFormat): string {
  return ms < 1_000 ? '' : `, ${span(ms)} late`;
}
