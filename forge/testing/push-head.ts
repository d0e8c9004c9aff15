import { pktLine } from '../git/pkt-line.ts';

/** The body of a push up to the pack: one new ref, with an unknown object. The pack never completes. */
export const UNFINISHED_PUSH = `${pktLine(
  `${'0'.repeat(40)} ${'1'.repeat(40)} refs/heads/unfinished\0 report-status`,
)}0000`;
