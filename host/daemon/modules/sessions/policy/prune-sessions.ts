/** A conversation's file. */
interface File {
  readonly id: string;
  readonly bytes: number;
  /** When it was last written, in epoch milliseconds. */
  readonly at: number;
}

const DAY_MS = 86_400_000;

/**
 * The files to delete: those that are old, and then the oldest until the rest fits. Those in use, or chosen for the next
 * turn, stay. 0 days or 0 bytes: no limit of that kind.
 */
export function chooseSessionsToRemove(
  files: readonly File[],
  limits: { now: number; days: number; bytes: number; wanted: ReadonlySet<string> },
): string[] {
  const remove: string[] = [];
  let left = files.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { id, bytes, at } of files.toSorted((a, b) => a.at - b.at)) {
    if (limits.wanted.has(id)) continue;
    const isOld = limits.days > 0 && at < limits.now - limits.days * DAY_MS;
    const isTooMuch = limits.bytes > 0 && left > limits.bytes;
    if (!isOld && !isTooMuch) continue;
    remove.push(id);
    left -= bytes;
  }
  return remove;
}
