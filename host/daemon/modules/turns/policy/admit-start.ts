/** What the machine has for CLIs that are to be started. */
export interface Room {
  /** CLIs that may be starting at once. */
  readonly slots: number;
  /** Bytes of memory that are free, or that the system can free at once. */
  readonly freeBytes: number;
  /** Bytes of it that CLIs do not get. */
  readonly reserveBytes: number;
}

/** Why a CLI is not started yet. */
export type StartRefusal = 'processor' | 'memory';

/**
 * Whether a CLI that takes `bytes` may be started beside those that are starting, or go first: what they will take is
 * not missing from the free memory yet. `mayWait`: a running CLI can end and give its memory back; without one, waiting
 * would last for ever, so the CLI is started whatever is free.
 */
export function refuseStart(
  room: Room,
  start: { bytes: number; before: readonly { bytes: number }[]; mayWait: boolean },
): StartRefusal | null {
  const { bytes, before, mayWait } = start;
  if (before.length >= room.slots) return 'processor';
  if (before.length === 0 && !mayWait) return null;
  const promised = before.reduce((sum, one) => sum + one.bytes, bytes);
  return room.freeBytes - promised < room.reserveBytes ? 'memory' : null;
}

/** CLIs that start at once on a machine with so many cores: one more, as a start also waits for files and answers. */
export function slotsOf(cores: number): number {
  return cores + 1;
}
