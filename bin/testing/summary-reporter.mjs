// @ts-check
// Counts vitest's results for the last line of `npm test`. A file that could not even be loaded and an error outside of
// any test count as failures; skipped tests are listed with their reasons.
import { writeFileSync } from 'node:fs';

/** @typedef {{ passed: number, failed: number, skipped: { name: string, reason: string }[] }} Summary */

/** Writes its summary to the file that HIVE_TEST_SUMMARY names. Vitest wants a default export. */
export default class SummaryReporter {
  /**
   * @param {readonly import('vitest/node').TestModule[]} modules
   * @param {readonly unknown[]} unhandled
   */
  onTestRunEnd(modules, unhandled) {
    /** @type {Summary} */
    const summary = { passed: 0, failed: unhandled.length, skipped: [] };
    for (const module of modules) {
      const failedBefore = summary.failed;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') summary.passed += 1;
        else if (result.state === 'skipped')
          summary.skipped.push({
            name: `${module.relativeModuleId} > ${test.fullName}`,
            reason: result.note ?? 'no reason given',
          });
        else summary.failed += 1;
      }
      // A module or hook that failed without any failed test of its own.
      if (module.state() === 'failed' && summary.failed === failedBefore) summary.failed += 1;
    }
    const file = process.env['HIVE_TEST_SUMMARY'];
    if (file !== undefined) writeFileSync(file, JSON.stringify(summary));
  }
}
