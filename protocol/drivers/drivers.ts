import { acp } from './acp.ts';
import { claude } from './claude.ts';
import { codex } from './codex.ts';
import type { DriverFacts } from './driver-facts.ts';
import { gemini } from './gemini.ts';
import { opencode } from './opencode.ts';
import { script } from './script.ts';

/**
 * Every driver by the name used in specs, one line each. The harness has the code for each (harness/driver/drivers.ts).
 */
const table = { claude, codex, gemini, opencode, acp, script } satisfies Record<string, DriverFacts>;

export type DriverName = keyof typeof table;
export const DRIVERS: Readonly<Record<DriverName, DriverFacts>> = table;

export const DRIVER_NAMES = Object.keys(table) as [DriverName, ...DriverName[]];

/** The driver of an agent whose spec does not name one. */
export const DEFAULT_DRIVER: DriverName = 'claude';
