import { expect, test } from 'vitest';
import { classifyError, statusOf } from './classify-error.ts';

const errorOf = (message: string, codexErrorInfo: unknown, additionalDetails: string | null = null) => ({
  message,
  codexErrorInfo,
  additionalDetails,
});
const http = (name: string, httpStatusCode: number | null) => ({ [name]: { httpStatusCode } });

// As Codex 0.169.0 reports them.
test.each([
  ['a 429 after its retries', 'exceeded retry limit', http('responseTooManyFailedAttempts', 429), 'rate_limited'],
  [
    'a used-up subscription',
    "You've hit your usage limit. Try again at 1:00 PM.",
    'usageLimitExceeded',
    'rate_limited',
  ],
  ['no credit', 'Quota exceeded. Check your plan and billing details.', 'usageLimitExceeded', 'needs_login'],
  ['401', 'unexpected status 401 Unauthorized', http('httpConnectionFailed', 401), 'needs_login'],
  ['403', 'unexpected status 403 Forbidden', http('httpConnectionFailed', 403), 'needs_login'],
  ['503', 'unexpected status 503 Service Unavailable', http('httpConnectionFailed', 503), 'outage'],
  ['529', 'unexpected status 529 <unknown status code>', http('httpConnectionFailed', 529), 'outage'],
  [
    'a stream that was cut',
    'stream disconnected before completion',
    http('responseStreamDisconnected', null),
    'outage',
  ],
  ['no connection', 'error sending request', http('httpConnectionFailed', null), 'outage'],
  ['an overloaded provider', 'We are experiencing high demand', 'serverOverloaded', 'outage'],
  ['404', 'unexpected status 404 Not Found', http('httpConnectionFailed', 404), 'failed'],
  ['an unknown kind', 'Something new', { brandNew: 7 }, 'failed'],
  ['no kind', 'Something else', null, 'failed'],
])('%s', (...[, message, info, kind]) => {
  expect(classifyError(errorOf(message, info), 5).kind).toBe(kind);
});

test('a limit ends when the provider said so', () => {
  const limit = errorOf('exceeded retry limit', http('responseTooManyFailedAttempts', 429));
  expect(classifyError(limit, 1_900_000_000_000)).toMatchObject({ resetsAt: 1_900_000_000_000 });
  expect(classifyError(limit, null)).toMatchObject({ resetsAt: null });
});

test.each([
  ['contextWindowExceeded', 'Codex ran out of room in the model’s context window.'],
  [http('httpConnectionFailed', 413), 'unexpected status 413 Payload Too Large'],
])('a conversation that is too long for the model: %o', (info, message) => {
  expect(classifyError(errorOf(message, info), null)).toMatchObject({ kind: 'failed', sessionSpent: true });
});

test('a refused request is said with its status and the words of the provider', () => {
  const body = JSON.stringify({ error: { message: 'Invalid image.', type: 'invalid_request_error' } });
  const reason = 'The provider refused the request (400): Invalid image.';
  expect(classifyError(errorOf(body, 'other'), null)).toEqual({ kind: 'failed', reason, sessionSpent: false });
});

test('the address of the relay in the box is not shown', () => {
  const message = 'unexpected status 403 Forbidden: no, url: http://127.0.0.1:7003/v1/responses';
  const verdict = classifyError(errorOf(message, http('httpConnectionFailed', 403)), null);
  expect(verdict).toEqual({ kind: 'needs_login', reason: 'unexpected status 403 Forbidden: no' });
});

test('the status of a failure', () => {
  expect(statusOf(errorOf('', http('responseStreamDisconnected', 429)))).toBe(429);
  expect(statusOf(errorOf('', http('responseStreamDisconnected', null)))).toBeNull();
  expect(statusOf(errorOf('', 'other'))).toBeNull();
  expect(statusOf(errorOf('', { activeTurnNotSteerable: { turnKind: 'review' } }))).toBeNull();
});
