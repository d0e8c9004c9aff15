import { expect, test } from 'vitest';
import { type Signs, classifyResult } from './classify-result.ts';
import type { ResultLine } from './parse-line.ts';

const NO_SIGNS: Signs = { rejected: null, syntheticError: null, answered: true };

function result(fields: Partial<ResultLine>): ResultLine {
  return { type: 'result', subtype: 'success', is_error: true, modelUsage: {}, ...fields };
}

test.each<[string, Partial<ResultLine>, Partial<Signs>, object]>([
  ['all well', { is_error: false, result: 'hi' }, {}, { kind: 'done' }],
  [
    'a model that talks about limits and logins',
    { is_error: false, result: 'usage limit reached|4102444800, please run /login, prompt is too long' },
    {},
    { kind: 'done' },
  ],
  ['a rejected limit that extra usage covered', { is_error: false }, { rejected: { resetsAt: 5 } }, { kind: 'done' }],
  ['429', { api_error_status: 429 }, {}, { kind: 'rate_limited', resetsAt: null }],
  [
    'rejected: the event knows best',
    { api_error_status: 429, result: 'usage limit reached|4102444800' },
    { rejected: { resetsAt: 5_000 } },
    { kind: 'rate_limited', resetsAt: 5_000 },
  ],
  [
    'limit in words, seconds',
    { result: 'Claude AI usage limit reached|4102444800' },
    {},
    { kind: 'rate_limited', resetsAt: 4_102_444_800_000 },
  ],
  [
    'limit in words, milliseconds',
    { result: 'usage limit reached|4102444800000' },
    {},
    { resetsAt: 4_102_444_800_000 },
  ],
  ['limit in words, no time', { result: 'Usage limit reached' }, {}, { kind: 'rate_limited', resetsAt: null }],
  ['a success that was synthetic', { is_error: false }, { syntheticError: 'rate_limit' }, { kind: 'rate_limited' }],
  ['401', { api_error_status: 401 }, {}, { kind: 'needs_login' }],
  [
    '403',
    { api_error_status: 403, result: 'Failed to authenticate. API Error: 403 no key' },
    {},
    { kind: 'needs_login' },
  ],
  ['/login', { result: 'Not logged in · Please run /login' }, {}, { kind: 'needs_login' }],
  ['no credit', { result: 'Credit balance is too low' }, {}, { kind: 'needs_login' }],
  ['too long', { api_error_status: 400, result: 'Prompt is too long · …' }, {}, { kind: 'failed', sessionSpent: true }],
  ...[500, 502, 503, 504, 529, 408].map((status): [string, Partial<ResultLine>, Partial<Signs>, object] => [
    `${status}`,
    { api_error_status: status, result: `API Error: ${status}` },
    {},
    { kind: 'outage', reason: expect.stringContaining(`API Error: ${status}`) },
  ]),
  [
    'no connection: the hint at the own relay is left out',
    { result: 'API Error: Unable to connect to API (ECONNREFUSED) · check your inference gateway (127.0.0.1:7003)' },
    {},
    { kind: 'outage', reason: expect.not.stringContaining('7003') },
  ],
  ['a model that talks about outages', { is_error: false, result: 'ECONNREFUSED, overloaded' }, {}, { kind: 'done' }],
  ...[
    "You've hit your limit",
    "You've hit your session limit · resets 3pm",
    'You have reached your weekly limit',
    'You are out of extra usage',
    'Weekly limit reached',
    'Spend limit reached for this workspace',
  ].flatMap((words): [string, Partial<ResultLine>, Partial<Signs>, object][] => [
    [words, { result: words }, {}, { kind: 'rate_limited', resetsAt: null }],
    [`${words}, said by a model`, { is_error: false, result: words }, {}, { kind: 'done' }],
    [
      `${words}, as a success with nothing of the model in it`,
      { is_error: false, result: words },
      { rejected: { resetsAt: 7_000 }, answered: false },
      { kind: 'rate_limited', resetsAt: 7_000 },
    ],
  ]),
  [
    '413',
    { api_error_status: 413, result: 'Request too large (max 32MB)' },
    {},
    { kind: 'failed', sessionSpent: true },
  ],
  ['no such model', { api_error_status: 404 }, {}, { kind: 'failed', sessionSpent: false }],
  [
    'broken off',
    { subtype: 'error_during_execution' },
    {},
    { kind: 'failed', reason: 'The CLI ended the turn with "error_during_execution".' },
  ],
  [
    'an error of another kind while rejected',
    {},
    { rejected: { resetsAt: null } },
    { kind: 'rate_limited', resetsAt: null },
  ],
])('%s', (...[, fields, signs, verdict]) => {
  expect(classifyResult(result(fields), { ...NO_SIGNS, ...signs })).toMatchObject(verdict);
});
