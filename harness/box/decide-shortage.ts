import type { Supplies } from './read-supplies.ts';

/**
 * The resources a box ran out of in a turn, in plain words, and which leftovers of the agent would affect the next
 * turn.
 */
export interface Shortage {
  readonly reason: string;
  readonly clearTmp: boolean;
  readonly endProcesses: boolean;
}

const MIB = 1024 * 1024;
/** The CLI cannot work with less. */
const TMP_FULL_BYTES = MIB;
/** /tmp counts as memory: above this fraction of all memory it is emptied. */
const TMP_WEIGHS = 1 / 8;
/** Node's error text for a program that could not be started for lack of processes. */
const SPAWN_REFUSED = /\bspawn\b.*\bEAGAIN\b/;

/**
 * The harness's error texts for a CLI that did not start, could not be prepared or died, with the kernel's code for a
 * process (EMFILE) or a host (ENFILE) out of file descriptors.
 */
const FILES_REFUSED =
  /^The CLI(?: could not be started| ended|'s directory cannot be prepared)\b[^]*\b(EMFILE|ENFILE)\b/;

/**
 * Whether a shortage in the box explains that a turn failed with the text `words`: a counter that rose during the
 * turn, or a /tmp that is full now. Null when nothing was short.
 */
export function decideShortage(before: Supplies, after: Supplies, words: string): Shortage | null {
  const { tmp, memoryBytes } = after;
  const noMemory = grew(before.oomKills, after.oomKills);
  const noPids = grew(before.refusedPids, after.refusedPids) || SPAWN_REFUSED.test(words);
  const noFiles = FILES_REFUSED.exec(words)?.[1];
  const maxFiles = after.maxFiles ?? before.maxFiles;
  const tmpFull = tmp !== null && (tmp.freeBytes < TMP_FULL_BYTES || tmp.freeFiles === 0);
  const reasons = [
    ...(noMemory ? [`out of memory${memoryBytes === null ? '' : ` (${mb(memoryBytes)})`}`] : []),
    ...(noPids ? [`no more processes${after.maxPids === null ? '' : ` (limit ${after.maxPids})`}`] : []),
    ...(noFiles === 'EMFILE' ? [`no more open files${maxFiles === null ? '' : ` (limit ${maxFiles})`}`] : []),
    ...(noFiles === 'ENFILE' ? ['no more open files on the whole host'] : []),
    ...(tmpFull ? [`/tmp is full (${tmp.freeFiles === 0 ? 'too many files' : mb(tmp.totalBytes)})`] : []),
  ];
  if (reasons.length === 0) return null;
  const inTmp = tmp === null ? 0 : tmp.totalBytes - tmp.freeBytes;
  const tmpWeighs = noMemory && memoryBytes !== null && inTmp > memoryBytes * TMP_WEIGHS;
  return {
    reason: reasons.join(', '),
    clearTmp: tmpFull || tmpWeighs,
    endProcesses: noMemory || noPids || noFiles !== undefined,
  };
}

function grew(before: number | null, after: number | null): boolean {
  return before !== null && after !== null && after > before;
}

function mb(bytes: number): string {
  return `${Math.round(bytes / MIB)} MB`;
}
