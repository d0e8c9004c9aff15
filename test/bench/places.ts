import { join } from 'node:path';

/** The checkout. The bench runs as a bundle in .cache/bench/ (bin/bench.mjs), at the same depth as this file. */
export const top = join(import.meta.dirname, '../..');
export const benchDir = join(top, 'test/bench');
/** The load program, a bundle beside the bench's own. */
export const loadProgram = join(top, '.cache/bench/load-sends.mjs');
/** The bundle of the flooding agent. */
export const floodProgram = join(top, '.cache/bench/flood-calls.mjs');
/** The bundle of one of the bench's other programs. */
export const program = (name: string): string => join(top, `.cache/bench/${name}.mjs`);
