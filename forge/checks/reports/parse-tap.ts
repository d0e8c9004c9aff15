import type { CheckNote } from '../../../protocol/schemas/check.ts';
import { findPlace, MOST_FAILURES, noteFailure, type ParsedReport } from './report.ts';

const POINT = /^(\s{0,200})(not )?ok\b(?:\s+\d{1,9})?(?:\s+-)?\s*(.*)$/;
const DIRECTIVE = /\s#\s*(skip|todo)\b.*$/i;
/** Lines after a failed point that belong to it: its diagnostics. */
const MOST_LINES = 200;

interface Failure {
  readonly name: string;
  readonly lines: string[];
}

/**
 * Reads TAP: each point, at any depth; one that sums up deeper points is not counted beside them. Points that are to be
 * done (`# TODO`) count as skipped. A line that it does not know is ignored, as TAP demands; a text without any point or
 * plan is no TAP.
 */
export function parseTap(text: string): ParsedReport {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const failures: Failure[] = [];
  let isTap = false;
  /** How far the last point is indented, and the failure that it is. */
  let depthBefore = -1;
  let current: Failure | null = null;
  for (const line of text.split('\n')) {
    const [, space, not, rest = ''] = POINT.exec(line.trimEnd()) ?? [];
    if (space === undefined) {
      isTap ||= /^\s*(?:TAP version \d+|1\.\.\d+)/.test(line);
      if (current !== null && current.lines.length < MOST_LINES) current.lines.push(line);
      continue;
    }
    isTap = true;
    const sumsUp = depthBefore > space.length;
    depthBefore = space.length;
    current = null;
    if (sumsUp) continue;
    if (DIRECTIVE.test(` ${rest}`)) counts.skipped += 1;
    else if (not === undefined) counts.passed += 1;
    else {
      counts.failed += 1;
      if (failures.length < MOST_FAILURES) failures.push((current = { name: rest.trim(), lines: [] }));
    }
  }
  return isTap ? { ...counts, notes: failures.map(note) } : { trouble: 'it is neither XML nor TAP' };
}

function note({ name, lines }: Failure): CheckNote {
  const text = lines.join('\n');
  const [, quoted] = /^\s*(?:error|message):\s*(.*)$/m.exec(text) ?? [];
  // A block follows on the next lines.
  const message = (/^[|>][+-]?$/.test(quoted ?? '') ? lineAfter(lines, /^\s*(?:error|message):/) : quoted) ?? '';
  const located = /^\s*(?:location|at|file):\s*(.*)$/m.exec(text)?.[1] ?? '';
  const place = findPlace(located) ?? findPlace(text);
  return noteFailure({
    name: name === '' ? 'a test without a name' : name,
    message: message.trim().replace(/^(['"])(.*)\1$/, '$2'),
    file: place?.file ?? '',
    line: place?.line ?? null,
  });
}

function lineAfter(lines: readonly string[], pattern: RegExp): string {
  return lines[lines.findIndex((line) => pattern.test(line)) + 1] ?? '';
}
