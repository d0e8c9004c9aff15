import { HiveError } from '../../../protocol/errors.ts';

/** What the harness, the CLI (about 310 MiB) and /dev/shm (64 MiB) need beside a full /tmp, in MiB. */
export const RESERVED_MB = 448;
/** The smallest /tmp that a box can have, in MiB. */
const LEAST_TMP_MB = 16;

/** The largest /tmp of a box in MiB: it is memory, and full it must leave the harness and the CLI enough to work. */
export function tmpCeilingMb(memoryMb: number): number {
  return Math.max(LEAST_TMP_MB, memoryMb - RESERVED_MB);
}

/**
 * The size of /tmp for a box: what was asked for, or the default made smaller to fit. Throws `invalid_input` when what
 * was asked for does not fit into the memory.
 */
export function decideTmpMb(given: number | undefined, box: { memoryMb: number; defaultTmpMb: number }): number {
  const ceiling = tmpCeilingMb(box.memoryMb);
  if (given === undefined) return Math.min(box.defaultTmpMb, ceiling);
  if (given <= ceiling) return given;
  throw new HiveError(
    'invalid_input',
    `limits.tmpMb is ${given}, but /tmp counts as memory: of ${box.memoryMb} MiB (limits.memoryMb) it may have ${ceiling}, since ${RESERVED_MB} are kept for the harness and the CLI. Give more memory or a smaller /tmp.`,
  );
}
