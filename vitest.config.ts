import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { declareOperations } from './host/dashboard/web/declare-operations.ts';
import { LongestFirst } from './test/support/longest-first.ts';
import { PATIENCE_MS } from './test/support/patience.ts';

const zones = '{protocol,system,wire,store,host,harness,forge,images}';

/**
 * unit: beside its file, no programs started; `npm run check` runs these alone.
 * process: beside its file too, but starts real programs (git, services, awkward CLIs) or hundreds of connections, which takes seconds.
 * system: whole hives and real boxes.
 */
export default defineConfig({
  test: {
    // Tests of processes and hives wait about as long as they compute: two at a time for each core.
    maxWorkers: 2 * availableParallelism(),
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        plugins: [declareOperations()],
        test: {
          expect: { poll: { timeout: PATIENCE_MS } },
          setupFiles: ['test/support/patient-waits.ts'],
          name: 'unit',
          include: [`${zones}/**/*.test.ts`, 'test/house/**/*.test.ts'],
          exclude: ['**/*.process.test.ts'],
          testTimeout: 2 * PATIENCE_MS,
          hookTimeout: 2 * PATIENCE_MS,
          // No module has state of its own, so files may share them: a third of the time.
          isolate: false,
          pool: 'threads',
        },
      },
      {
        test: {
          expect: { poll: { timeout: PATIENCE_MS } },
          setupFiles: ['test/support/patient-waits.ts'],
          name: 'process',
          include: [`${zones}/**/*.process.test.ts`],
          // As with units: modules are loaded once in each worker, not once for each file.
          isolate: false,
          testTimeout: 3 * PATIENCE_MS,
          hookTimeout: 3 * PATIENCE_MS,
        },
      },
      {
        test: {
          expect: { poll: { timeout: PATIENCE_MS } },
          setupFiles: ['test/support/patient-waits.ts'],
          name: 'system',
          include: ['test/**/*.test.ts'],
          isolate: false,
          exclude: ['test/house/**'],
          testTimeout: 3 * PATIENCE_MS,
          hookTimeout: 3 * PATIENCE_MS,
        },
      },
    ],
  },
});
