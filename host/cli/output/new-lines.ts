/** A line that a box printed. */
export interface LogLine {
  readonly at: number | null;
  readonly text: string;
}

/**
 * The new lines in a window on a growing log, compared to an earlier window: everything after the place where the
 * earlier lines are found again. Windows may have different lengths; a log that was started again is completely new.
 */
export function newLines(seen: readonly LogLine[], now: readonly LogLine[]): readonly LogLine[] {
  if (seen.length === 0) return now;
  // All earlier lines, at the first place where they occur; else their end, at the window's beginning.
  for (let end = seen.length; end <= now.length; end += 1) if (endsAlike(seen, now, end)) return now.slice(end);
  for (let end = Math.min(seen.length - 1, now.length); end > 0; end -= 1)
    if (endsAlike(seen, now, end)) return now.slice(end);
  return now;
}

/** Whether the first `end` lines of `now` and all of `seen` end with the same lines, as far back as both go. */
function endsAlike(seen: readonly LogLine[], now: readonly LogLine[], end: number): boolean {
  const common = Math.min(seen.length, end);
  for (let back = 1; back <= common; back += 1) {
    const a = seen[seen.length - back];
    const b = now[end - back];
    if (a?.text !== b?.text || a?.at !== b?.at) return false;
  }
  return true;
}
