/**
 * How long a test waits for a condition before it fails, in milliseconds. A test says what has to happen, not how fast: a
 * machine with two other suites on it takes more than ten times as long as one without. What holds sooner is not waited for.
 */
export const PATIENCE_MS = 300_000;
