const MIB = 1024 * 1024;

/**
 * Whether one more check may begin. The first one always may: a machine with little memory would never run any
 * otherwise.
 */
export function hasRoom(now: {
  readonly running: number;
  readonly freeBytes: number;
  /** What a box may use, and what stays free beside it. */
  readonly memoryMb: number;
  readonly reserveMb: number;
}): boolean {
  return now.running === 0 || now.freeBytes >= (now.memoryMb + now.reserveMb) * MIB;
}
