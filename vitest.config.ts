import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { declareOperations } from './host/dashboard/web/declare-operations.ts';

const zones = '{protocol,system,wire,store,host,harness,forge,images}';

/**
 * unit: beside its file, no programs started; `npm run check` runs these alone.
 * process: beside its file too, but starts real programs (git, services, awkward CLIs) or hundreds of connections, which takes seconds.
 * system: whole hives and real boxes.
 */
export default defineConfig({
  test: {
    // System tests wait more than they compute: two at a time even on a small machine.
    maxWorkers: Math.max(2, availableParallelism()),
    projects: [
      {
        plugins: [declareOperations()],
        test: {
          expect: { poll: { timeout: 30_000 } },
          setupFiles: ['test/support/patient-waits.ts'],
          name: 'unit',
          include: [`${zones}/**/*.test.ts`, 'test/house/**/*.test.ts'],
          exclude: ['**/*.process.test.ts'],
          // A wait for a condition may take half a minute on a busy machine (test/support/patient-waits.ts).
          testTimeout: 60_000,
          // No module has state of its own, so files may share them: a third of the time.
          isolate: false,
          pool: 'threads',
        },
      },
      {
        test: {
          expect: { poll: { timeout: 30_000 } },
          setupFiles: ['test/support/patient-waits.ts'],
          name: 'process',
          include: [`${zones}/**/*.process.test.ts`],
          testTimeout: 240_000,
        },
      },
      {
        test: {
          expect: { poll: { timeout: 30_000 } },
          setupFiles: ['test/support/patient-waits.ts'],
          name: 'system',
          include: ['test/**/*.test.ts'],
          exclude: ['test/house/**'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
