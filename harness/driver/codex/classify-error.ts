import * as z from 'zod';
import { cutText } from '../../../system/text/cut-text.ts';
import type { Verdict } from '../driver.ts';
import { type ErrorKind, kindOfError, verdictOfKind } from '../kind-of-error.ts';
import type { TurnError } from './read-event.ts';
import { parseJson } from '../../../system/text/parse-json.ts';

/** Kinds of errors by the names that the CLI gives them. */
const KIND_OF_NAME: Readonly<Record<string, ErrorKind>> = {
  usageLimitExceeded: 'rate_limit',
  rateLimitExceeded: 'rate_limit',
  contextWindowExceeded: 'spent',
  unauthorized: 'login',
  serverOverloaded: 'away',
  internalServerError: 'away',
  flexUnavailable: 'away',
  policyCapacityUnavailable: 'away',
};
/** Failures of a request; they carry the HTTP status, or null where there was no answer. */
const FAILED_REQUESTS: ReadonlySet<string> = new Set([
  'httpConnectionFailed',
  'responseStreamConnectionFailed',
  'responseStreamDisconnected',
  'responseTooManyFailedAttempts',
]);
const named = z.record(z.string(), z.object({ httpStatusCode: z.number().nullish() }).catch({}));
const providerError = z.object({ error: z.object({ message: z.string() }) });
/** An account without credit: waiting does not help. */
const NO_CREDIT = /quota exceeded|insufficient_quota|check your plan and billing/i;
/** The address of the box's own relay, which is never a cause that an operator can fix. */
const ADDRESS = /,? url: http:\/\/127\.0\.0\.1:\S*/g;

/** The HTTP status in a failure of a turn; null where there is none. */
export function statusOf(error: TurnError): number | null {
  const parsed = named.safeParse(error.codexErrorInfo).data ?? {};
  return Object.values(parsed)[0]?.httpStatusCode ?? null;
}

/** The verdict of a turn that failed with this error. `resetsAt`: when a limit ends (epoch ms), null if unknown. */
export function classifyError(error: TurnError, resetsAt: number | null): Verdict {
  return verdictOfKind(kindOf(error), sayError(error), resetsAt);
}

function kindOf(error: TurnError): ErrorKind {
  const { codexErrorInfo: info } = error;
  const text = `${error.message} ${error.additionalDetails ?? ''}`;
  if (NO_CREDIT.test(text)) return 'login';
  if (typeof info === 'string') return KIND_OF_NAME[info] ?? kindOfError(text, null);
  const name = Object.keys(named.safeParse(info).data ?? {})[0] ?? '';
  const status = statusOf(error);
  return status === null && FAILED_REQUESTS.has(name) ? 'away' : kindOfError(text, status);
}

/** The error in the CLI's words. A refused request (400) comes as the provider's whole body. */
export function sayError(error: TurnError): string {
  const { message, additionalDetails } = error;
  const refused = providerError.safeParse(parseJson(message)).data?.error.message;
  if (refused !== undefined) return cutText(`The provider refused the request (400): ${refused}`, 500).text;
  const more = additionalDetails == null ? '' : ` (${additionalDetails})`;
  return cutText(`${message}${more}`.replaceAll(ADDRESS, ''), 500).text;
}
