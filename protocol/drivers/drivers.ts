import { claude } from './claude.ts';
import type { DriverFacts } from './driver-facts.ts';
import { script } from './script.ts';

/** Every driver, by the name that a spec says: one line each. The harness has the code for each (harness/driver/drivers.ts). */
const table = { claude, script } satisfies Record<string, DriverFacts>;

export type DriverName = keyof typeof table;
export const DRIVERS: Readonly<Record<DriverName, DriverFacts>> = table;

export const DRIVER_NAMES = Object.keys(table) as [DriverName, ...DriverName[]];

/** What drives an agent whose spec does not say it. */
export const DEFAULT_DRIVER: DriverName = 'claude';
