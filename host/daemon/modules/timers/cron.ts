import { Cron } from 'croner';

const DAY_MS = 86_400_000;
const TEN_YEARS_MS = 10 * 366 * DAY_MS;
/**
 * A fixed start for checking lines, so that the check needs no clock: leap days occur within ten years of it.
 */
const CHECKED_FROM = Date.UTC(2026, 0, 1);
/** Enough runs to contain the smallest gap of a line: gaps repeat with the hour, the day and the week. */
const CHECKED_RUNS = 50;

/** Cron's named lines; @reboot does not apply to a hive. */
const NAMED = /^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/i;

/**
 * Checks whether a line with five fields (or six, seconds first, or a name such as @daily) is valid: it can
 * be parsed, its zone is known, it runs within ten years, and never twice within `minGapMs` (60 s). `why`
 * tells how to correct it.
 */
export function parseCron(
  line: string,
  timeZone: string,
  { minGapMs = 60_000 }: { minGapMs?: number } = {},
): { ok: true } | { ok: false; why: string } {
  if (!isZone(timeZone)) return refuse(`there is no time zone "${timeZone}": use one such as "Europe/Berlin" or "UTC"`);
  if (NAMED.test(line.trim())) return checkRuns(readLine(line, timeZone), minGapMs);
  const parts = line.trim().split(/\s+/);
  const fields = parts.length;
  const year = parts.length > 5 ? parts.at(-1) : undefined;
  if (year !== undefined && /^(19|20)\d\d\b/.test(year))
    return refuse(
      `a schedule has no year: of 6 fields the first is seconds and the last the weekday, which "${year}" is not. Leave it out, or set a reminder for one time`,
    );
  if (fields !== 5 && fields !== 6)
    return refuse(
      `a schedule has 5 fields (minute hour day month weekday) or 6 (second first), this has ${line.trim() === '' ? 0 : fields}`,
    );
  try {
    return checkRuns(readLine(line, timeZone), minGapMs);
  } catch (error) {
    return refuse(`the schedule "${line}" cannot be read: ${describeProblem(error)}`);
  }
}

/**
 * The first run after a time, in epoch ms. A local time that a daylight-saving change skips is moved to after
 * the change; one that occurs twice runs the first time. Null when there is no run within ten years, or when
 * the line is invalid here (a zone that this Node does not know).
 */
export function nextRun(line: string, timeZone: string, afterMs: number): number | null {
  try {
    const next = readLine(line, timeZone).nextRun(new Date(afterMs))?.getTime() ?? null;
    return next === null || next - afterMs > TEN_YEARS_MS ? null : next;
  } catch {
    return null;
  }
}

function readLine(line: string, timeZone: string): Cron {
  return new Cron(line.trim().replace(/^@midnight$/i, '@daily'), { timezone: timeZone, mode: '5-or-6-parts' });
}

function checkRuns(cron: Cron, minGapMs: number): { ok: true } | { ok: false; why: string } {
  let before: number | null = null;
  for (let run = 0; run < CHECKED_RUNS; run += 1) {
    const next: number | null = cron.nextRun(new Date(before ?? CHECKED_FROM))?.getTime() ?? null;
    const isFar = next === null || next - CHECKED_FROM > TEN_YEARS_MS;
    if (isFar && before === null) return refuse('this never comes: no such day within ten years');
    if (isFar) break;
    if (before !== null && next - before < minGapMs)
      return refuse(`this runs more often than every ${minGapMs / 1_000} s: choose longer gaps`);
    before = next;
  }
  return { ok: true };
}

function isZone(timeZone: string): boolean {
  try {
    return timeZone !== '' && new Intl.DateTimeFormat('en', { timeZone }).format(0) !== '';
  } catch {
    return false;
  }
}

function describeProblem(error: unknown): string {
  return error instanceof Error ? error.message.replace(/^Cron\w+: /, '') : String(error);
}

function refuse(why: string): { ok: false; why: string } {
  return { ok: false, why };
}
