import type { CheckNote } from '../../../protocol/schemas/check.ts';
import { findPlace, MOST_FAILURES, noteFailure, type ParsedReport } from './report.ts';

const POINT = /^(\s{0,200})(not )?ok\b(?:\s+\d{1,9})?(?:\s+-)?\s*(.*)$/;
const DIRECTIVE = /\s#\s*(skip|todo)\b.*$/i;
/** Lines after a failed point that belong to it: its diagnostics. */
const MOST_LINES = 200;

interface Point {
  readonly depth: number;
  readonly isOk: boolean;
  readonly directive: string;
  readonly name: string;
  /** Points of its own, one level deeper, came before it. */
  readonly hasParts: boolean;
  readonly lines: string[];
}

/**
 * Reads TAP: each point, at any depth; one that sums up deeper points is not counted beside them. Points that are to be
 * done (`# TODO`) count as skipped. A line that it does not know is ignored, as TAP demands; a text without any point or
 * plan is no TAP.
 */
export function parseTap(text: string): ParsedReport {
  const points: Point[] = [];
  let isTap = false;
  /** The depth of the deepest points that no other one has summed up yet. */
  let last: Point | null = null;
  for (const line of text.split('\n')) {
    const [, space, not, rest = ''] = POINT.exec(line.trimEnd()) ?? [];
    if (space === undefined) {
      isTap ||= /^\s*(?:TAP version \d+|1\.\.\d+)/.test(line);
      if (last !== null && last.lines.length < MOST_LINES) last.lines.push(line);
      continue;
    }
    isTap = true;
    const depth = space.length;
    const directive = (DIRECTIVE.exec(` ${rest}`)?.[1] ?? '').toLowerCase();
    const name = ` ${rest}`.replace(DIRECTIVE, '').trim();
    const hasParts: boolean = last !== null && last.depth > depth;
    last = { depth, isOk: not === undefined, directive, name, hasParts, lines: [] };
    points.push(last);
  }
  if (!isTap) return { trouble: 'it is neither XML nor TAP' };
  const single = points.filter(({ hasParts }) => !hasParts);
  const failed = single.filter(({ isOk, directive }) => !isOk && directive === '');
  const skipped = single.filter(({ directive }) => directive !== '').length;
  return {
    passed: single.length - failed.length - skipped,
    failed: failed.length,
    skipped,
    notes: failed.slice(0, MOST_FAILURES).map(note),
  };
}

function note({ name, lines }: Point): CheckNote {
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
