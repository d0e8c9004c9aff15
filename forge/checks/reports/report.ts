import { CHECK_DIR } from '../../../protocol/check-places.ts';
import type { CheckNote, TestCounts } from '../../../protocol/schemas/check.ts';
import { shorten } from '../../../system/text/cut-text.ts';

/** What a report of tests says: its counts, and the first failures as annotations. */
export interface Report extends TestCounts {
  readonly notes: readonly CheckNote[];
}

/** A report, or why it cannot be read, as the end of a sentence. */
export type ParsedReport = Report | { readonly trouble: string };

/** Failures of one report that become annotations. */
export const MOST_FAILURES = 100;
const MOST_MESSAGE_CHARS = 500;
const MOST_PATH_CHARS = 500;

/** An annotation of a failed test. `file`: as the report has it, perhaps absolute in the box. */
export function noteFailure(failure: { name: string; message: string; file: string; line: number | null }): CheckNote {
  const { name, message, file, line } = failure;
  const first = message.trim().split('\n', 1)[0] ?? '';
  const path = plain(file)
    .replace(/^file:\/\//, '')
    .slice(0, MOST_PATH_CHARS);
  const place = path.startsWith(`${CHECK_DIR}/`) ? path.slice(CHECK_DIR.length + 1) : path;
  return {
    level: 'error',
    path: place === '' ? null : place,
    line: place !== '' && line !== null && Number.isSafeInteger(line) && line > 0 ? line : null,
    message: shorten(plain(first === '' ? name : `${name}: ${first}`), MOST_MESSAGE_CHARS),
  };
}

/** The first place in the box's own files that a text names, e.g. a trace: not one in an installed package. */
export function findPlace(text: string): { file: string; line: number } | null {
  for (const [, file = '', line = ''] of text.slice(0, 20_000).matchAll(PLACE))
    if (!file.includes('node_modules/') && !file.startsWith('node:')) return { file, line: Number(line) };
  return null;
}

const PLACE = /([\w@./+-]{1,300}\.[A-Za-z]{1,10}):(\d{1,7})/g;

function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ').trim();
}
