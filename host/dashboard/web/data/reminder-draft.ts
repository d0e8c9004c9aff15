/** The typed due time of a reminder: after a number of units, or at a local date and time. */
export interface WhenDraft {
  how: 'after' | 'at';
  count: string;
  unit: string;
  /** The value of an <input type="datetime-local">: "2026-01-31T09:00". */
  moment: string;
}

/** Units of time; the value is the unit's length in seconds. */
export const TIME_UNITS = [
  { value: '60', label: 'minutes' },
  { value: '3600', label: 'hours' },
  { value: '86400', label: 'days' },
] as const;

/** One year, the longest delay of a reminder. */
const MAX_SECONDS = 31_536_000;

/** The due time as input for the operation, or the reason why it is invalid. */
export function readWhen(when: WhenDraft, now: number): { in_seconds: number } | { at: string } | { error: string } {
  if (when.how === 'after') {
    const seconds = Math.round(Number(when.count) * Number(when.unit));
    if (when.count.trim() === '' || !Number.isFinite(seconds) || seconds < 1)
      return { error: 'Say after how long, in a number above zero.' };
    return seconds > MAX_SECONDS ? { error: 'A reminder is due within a year.' } : { in_seconds: seconds };
  }
  const at = Date.parse(when.moment);
  if (Number.isNaN(at)) return { error: 'Say at which time.' };
  if (at <= now) return { error: 'That time is in the past.' };
  return at - now > MAX_SECONDS * 1000
    ? { error: 'A reminder is due within a year.' }
    : { at: new Date(at).toISOString() };
}

/** A time (epoch milliseconds) as the value of an <input type="datetime-local">, in the browser's time zone. */
export function toLocalInput(at: number): string {
  const offsetMs = new Date(at).getTimezoneOffset() * 60_000;
  return new Date(at - offsetMs).toISOString().slice(0, 16);
}
