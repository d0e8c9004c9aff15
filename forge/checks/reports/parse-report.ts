import { parseJunit } from './parse-junit.ts';
import { parseTap } from './parse-tap.ts';
import type { ParsedReport } from './report.ts';

/** Reads a report of tests: JUnit's XML, or TAP. */
export function parseReport(text: string): ParsedReport {
  const start = text
    .slice(0, 1_000)
    .replace(/^\uFEFF/, '')
    .trimStart();
  return start.startsWith('<') ? parseJunit(text) : parseTap(text);
}
