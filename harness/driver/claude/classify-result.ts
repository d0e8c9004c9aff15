import { cutText } from '../../../system/text/cut-text.ts';
import type { Verdict } from '../driver.ts';
import { ERROR_WORDS, type ErrorKind, KIND_OF_STATUS, verdictOfKind } from '../kind-of-error.ts';
import type { ResultLine } from './parse-line.ts';

/** Signs before a turn's result that help to classify it. */
export interface Signs {
  /** A `rate_limit_event` with `rejected`: when the limit ends (epoch ms), or null if unknown. */
  rejected: { resetsAt: number | null } | null;
  /** The error of the last `<synthetic>` message, which the CLI writes in the model's place. */
  syntheticError: string | null;
  /** The model itself wrote text or called a tool. */
  answered: boolean;
}

const SYNTHETIC: Record<string, ErrorKind> = {
  rate_limit: 'rate_limit',
  authentication_failed: 'login',
  oauth_org_not_allowed: 'login',
  billing_error: 'login',
  server_error: 'away',
  overloaded: 'away',
};
const LIMIT_REACHED = /usage limit reached(?:\|(\d{9,13}))?/i;
/** The CLI's hint names the box's own relay, which is never a cause that an operator can fix. */
const HINT = /[\s·—.,;:(-]*(?:please )?check your inference gateway[\s\S]*$/i;

/**
 * Classifies a turn's end by its result line. The CLI's exit code and its subtype ("success" even for a 429) are
 * unreliable; `is_error` is reliable. A limit or login is searched for only in an error's text, never in a model's.
 */
export function classifyResult(result: ResultLine, signs: Signs): Verdict {
  const refused = signs.rejected !== null && !signs.answered;
  if (!result.is_error && result.subtype === 'success' && signs.syntheticError === null && !refused)
    return { kind: 'done' };
  const text = (result.result ?? '').replace(HINT, '').trim();
  const reason = text === '' ? `The CLI ended the turn with "${result.subtype}".` : cutText(text, 500).text;
  return verdictOfKind(kindOf(result, { text, signs }), reason, signs.rejected?.resetsAt ?? epochIn(text));
}

function kindOf(result: ResultLine, seen: { text: string; signs: Signs }): ErrorKind {
  if (LIMIT_REACHED.test(seen.text) || ERROR_WORDS.rate_limit.test(seen.text)) return 'rate_limit';
  if (ERROR_WORDS.spent.test(seen.text)) return 'spent';
  const status = result.api_error_status ?? 0;
  const byStatus = KIND_OF_STATUS[status] ?? (status >= 500 ? 'away' : SYNTHETIC[seen.signs.syntheticError ?? '']);
  if (byStatus !== undefined) return byStatus;
  if (ERROR_WORDS.login.test(seen.text)) return 'login';
  if (seen.signs.rejected !== null) return 'rate_limit';
  return status === 0 && ERROR_WORDS.away.test(seen.text) ? 'away' : 'other';
}

/** `usage limit reached|1790000000`: seconds since the epoch, or milliseconds in some versions. */
function epochIn(text: string): number | null {
  const digits = LIMIT_REACHED.exec(text)?.[1];
  if (digits === undefined) return null;
  return digits.length > 11 ? Number(digits) : Number(digits) * 1_000;
}
