import { vi } from 'vitest';
import { PATIENCE_MS } from './patience.ts';

/** Vitest's default is to wait one second for a condition: here `PATIENCE_MS`, unless a test sets its own limit. */
type WaitFor = typeof vi.waitFor;
const PATIENT = Symbol.for('hyperhive.patient-waits');

const current = vi.waitFor as WaitFor & { [PATIENT]?: true };
if (current[PATIENT] !== true) {
  const patient: WaitFor = (callback, options = {}) =>
    current(callback, typeof options === 'number' ? options : { timeout: PATIENCE_MS, ...options });
  vi.waitFor = Object.assign(patient, { [PATIENT]: true as const });
}
