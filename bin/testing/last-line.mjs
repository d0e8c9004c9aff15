// @ts-check

/**
 * The last lines of `npm test`, and whether it went well. No summary means that vitest itself broke; no test that ran
 * is no proof of anything, so both are failures.
 * @param {import('./summary-reporter.mjs').Summary | null} summary
 * @param {number} vitestCode vitest's own exit code
 * @returns {{ lines: string[], ok: boolean }}
 */
export function summarize(summary, vitestCode) {
  if (summary === null)
    return { lines: ['vitest ended before it could say what it ran', '0 passed, 1 failed'], ok: false };
  const { passed, skipped } = summary;
  const lines = skipped.map(({ name, reason }) => `skipped: ${name} (${reason})`);
  let failed = summary.failed;
  if (failed === 0 && passed === 0) {
    lines.push('no test ran');
    failed = 1;
  } else if (failed === 0 && vitestCode !== 0) {
    lines.push(`vitest ended with code ${vitestCode} though no test failed`);
    failed = 1;
  }
  lines.push(`${passed} passed, ${failed} failed${skipped.length === 0 ? '' : `, ${skipped.length} skipped`}`);
  return { lines, ok: failed === 0 };
}
