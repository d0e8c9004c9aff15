import { vi } from 'vitest';

/**
 * Vitest gives up waiting for a condition after one second, which a machine with neighbours takes for anything. A
 * test that waits says what has to happen, not how fast: here for half a minute unless it names a time of its own.
 */
const PATIENCE_MS = 30_000;

type WaitFor = typeof vi.waitFor;
const PATIENT = Symbol.for('hyperhive.patient-waits');

const current = vi.waitFor as WaitFor & { [PATIENT]?: true };
if (current[PATIENT] !== true) {
  const patient: WaitFor = (callback, options = {}) =>
    current(callback, typeof options === 'number' ? options : { timeout: PATIENCE_MS, ...options });
  vi.waitFor = Object.assign(patient, { [PATIENT]: true as const });
}
