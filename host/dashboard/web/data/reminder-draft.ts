/** When a reminder is due, as typed: after a number of a unit, or at a moment of the browser's clock. */
export interface WhenDraft {
  how: 'after' | 'at';
  count: string;
  unit: string;
  /** As <input type="datetime-local"> has it: "2026-01-31T09:00". */
  moment: string;
}

/** Units with their seconds. */
export const TIME_UNITS = [
  { value: '60', label: 'minutes' },
  { value: '3600', label: 'hours' },
  { value: '86400', label: 'days' },
] as const;

/** A year, which is as far as reminders go. */
const MOST_SECONDS = 31_536_000;

/** The time as the hive takes it, or why it cannot be one. */
export function readWhen(when: WhenDraft, now: number): { in_seconds: number } | { at: string } | { error: string } {
  if (when.how === 'after') {
    const seconds = Math.round(Number(when.count) * Number(when.unit));
    if (when.count.trim() === '' || !Number.isFinite(seconds) || seconds < 1)
      return { error: 'Say after how long, in a number above zero.' };
    return seconds > MOST_SECONDS ? { error: 'A reminder is due within a year.' } : { in_seconds: seconds };
  }
  const at = Date.parse(when.moment);
  if (Number.isNaN(at)) return { error: 'Say at which time.' };
  if (at <= now) return { error: 'That time is in the past.' };
  return at - now > MOST_SECONDS * 1000
    ? { error: 'A reminder is due within a year.' }
    : { at: new Date(at).toISOString() };
}

/** A moment as <input type="datetime-local"> takes it, by the browser's clock. */
export function toLocalInput(at: number): string {
  const offsetMs = new Date(at).getTimezoneOffset() * 60_000;
  return new Date(at - offsetMs).toISOString().slice(0, 16);
}
