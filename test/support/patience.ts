/**
 * How long a test waits for a condition before it fails, in milliseconds. A test waits for events, not for time: a
 * machine with two other suites on it takes more than ten times as long as one without. A condition that holds earlier
 * ends the wait.
 */
export const PATIENCE_MS = 300_000;
