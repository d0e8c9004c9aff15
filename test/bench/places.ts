import { join } from 'node:path';

/** The checkout. The bench runs as a bundle in .cache/bench/ (bin/bench.mjs), as deep as this file lies. */
export const top = join(import.meta.dirname, '../..');
export const benchDir = join(top, 'test/bench');
/** The callers' program, a bundle beside the bench's own. */
export const loadProgram = join(top, '.cache/bench/load-sends.mjs');
/** The flooding agent's. */
export const floodProgram = join(top, '.cache/bench/flood-calls.mjs');
