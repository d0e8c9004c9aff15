import { Cron } from 'croner';
import { HiveError } from '../../../../protocol/errors.ts';

/** A cron line that was understood, in its time zone. */
export interface CronLine {
  /** The first time after `afterMs` (epoch ms) that it names; null when there is none. */
  nextAfter(afterMs: number): number | null;
}

/**
 * Reads a cron line of 5 fields, or 6 with seconds, in a time zone (IANA name). When a clock change skips a
 * time of day, a line that names it runs right after the gap; when one repeats, it runs the first time. Lines
 * with a step or a wildcard in the time follow the minutes as they pass. Throws `impossible_cron`, which says
 * what is wrong.
 */
export function readCronLine(line: string, timeZone: string): CronLine {
  try {
    // Asked for one time, so that an unknown time zone is found here and not at the first run.
    const cron = new Cron(line, { timezone: timeZone, mode: '5-or-6-parts', paused: true });
    cron.nextRun(new Date(0));
    return { nextAfter: (afterMs) => cron.nextRun(new Date(afterMs))?.getTime() ?? null };
  } catch (error) {
    throw new HiveError('impossible_cron', describe(error, { line, timeZone }), { cause: error });
  }
}

function describe(error: unknown, { line, timeZone }: { line: string; timeZone: string }): string {
  const said = error instanceof Error ? error.message : String(error);
  if (said.includes('timezone')) return `There is no time zone "${timeZone}". Use a name such as UTC or Europe/Berlin.`;
  return `The cron line "${line}" cannot be read: ${said.replace(/^Cron\w+: /, '')}. E.g. "0 9 * * 1-5" is 9:00 on weekdays.`;
}
