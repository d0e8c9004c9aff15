import { HiveError } from '../../../protocol/errors.ts';

/** The memory that the harness, the CLI (about 310 MiB) and /dev/shm (64 MiB) need beside a full /tmp, in MiB. */
const RESERVED_MB = 448;
/** The smallest /tmp that a box can have, in MiB. */
const LEAST_TMP_MB = 16;

/** A box's memory and the size of its /tmp in MiB. */
interface BoxMemory {
  readonly memoryMb: number;
  readonly tmpMb: number;
}

/**
 * The largest /tmp of a box in MiB: /tmp uses memory, and when full it must leave enough for the harness and the CLI.
 */
export function tmpCeilingMb(memoryMb: number): number {
  return Math.max(LEAST_TMP_MB, memoryMb - RESERVED_MB);
}

/** Why a box cannot have a /tmp of that size, null when it can. `named` are the reader's names of the two settings. */
export function whyTmpTooLarge(
  { memoryMb, tmpMb }: BoxMemory,
  named = { memory: 'limits.memoryMb', tmp: 'limits.tmpMb' },
): string | null {
  const ceiling = tmpCeilingMb(memoryMb);
  if (tmpMb <= ceiling) return null;
  return `${named.tmp} is ${tmpMb}, but /tmp counts as memory: of ${memoryMb} MiB (${named.memory}) it may have ${ceiling}, since ${RESERVED_MB} are kept for the harness and the CLI. Give more memory or a smaller /tmp`;
}

/** Throws `invalid_input` when a /tmp of that size does not fit into the memory. */
export function refuseLargeTmp(limits: BoxMemory): void {
  const why = whyTmpTooLarge(limits);
  if (why === null) return;
  const issues = [{ path: ['spec', 'limits', 'tmpMb'], message: `${why}.` }];
  throw new HiveError('invalid_input', `${why}.`, { details: { issues } });
}

/**
 * The size of /tmp for a box: the given size, or the default reduced to fit. Throws `invalid_input` when the given size
 * does not fit into the memory.
 */
export function decideTmpMb(given: number | undefined, box: { memoryMb: number; defaultTmpMb: number }): number {
  if (given === undefined) return Math.min(box.defaultTmpMb, tmpCeilingMb(box.memoryMb));
  refuseLargeTmp({ memoryMb: box.memoryMb, tmpMb: given });
  return given;
}
