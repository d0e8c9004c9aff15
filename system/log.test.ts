import fastify, { LogController } from 'fastify';
import { expect, test } from 'vitest';
import { type LogOptions, openLog } from './log.ts';

/** A log and the lines it wrote. */
function openTestLog(options: Omit<LogOptions, 'output'> = {}) {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>);
  return { lines, log: openLog({ ...options, output: { write } }) };
}

test('a line has its level by name, the time, the fields and the message', () => {
  const { lines, log } = openTestLog();
  log.warn({ agent: 'scout' }, 'something happened');
  expect(lines).toEqual([
    { level: 'warn', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/), agent: 'scout', msg: 'something happened' },
  ]);
});

test('a child log adds its fields, and its level bounds it', () => {
  const { lines, log } = openTestLog();
  const child = log.child({ agent: 'scout' }, { level: 'error' });
  child.info({}, 'left out');
  child.error({}, 'written');
  log.debug({}, 'left out');
  expect(lines).toMatchObject([{ level: 'error', agent: 'scout', msg: 'written' }]);
});

test('an error is written as its type, code, message and stack with its causes, without fields that a library added', () => {
  const { lines, log } = openTestLog();
  const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const error = Object.assign(new TypeError('no answer', { cause }), {
    code: 'E_FETCH',
    request: { headers: { authorization: 'Bearer hidden' } },
  });
  log.error({ err: error }, 'it broke');
  expect(lines[0]?.['err']).toEqual({
    type: 'TypeError',
    code: 'E_FETCH',
    message: 'no answer: connect ECONNREFUSED',
    stack: expect.stringContaining('caused by: Error: connect ECONNREFUSED'),
  });
});

test('an aggregate error lists each of its errors; a thrown value that is not an error is written as text', () => {
  const { lines, log } = openTestLog();
  log.error({ err: new AggregateError([new Error('one'), new Error('two')], 'both') }, 'they broke');
  log.error({ err: 'only words' }, 'it broke');
  expect(lines).toMatchObject([
    { err: { message: 'both', errors: [{ message: 'one' }, { message: 'two' }] } },
    { err: { type: 'string', message: 'only words' } },
  ]);
});

test('fields that hold secrets are not written, wherever they are in a line', () => {
  const { lines, log } = openTestLog();
  const secrets = { key: 'hidden', token: 'hidden', 'x-api-key': 'hidden', authorization: 'hidden', cookie: 'hidden' };
  const given = { ...secrets, headers: secrets, call: { headers: secrets } };
  log.child({ agent: 'scout' }).info(given, 'a call');
  expect(JSON.stringify(lines)).not.toContain('hidden');
  expect(lines[0]).toMatchObject({ token: '[secret]', call: { headers: { 'x-api-key': '[secret]' } } });
  // The caller's own object is unchanged.
  expect(given.call.headers.key).toBe('hidden');
});

test('a server that logs with it never writes a request’s URL', async () => {
  const { lines, log } = openTestLog();
  const app = fastify({ loggerInstance: log, logController: new LogController({ disableRequestLogging: true }) });
  app.get('/', (request) => {
    request.log.error({ req: request, err: new Error('broke') }, 'internal');
    return {};
  });
  await app.inject({ url: '/?token=hidden', headers: { authorization: 'hidden' } });
  await app.close();
  expect(lines).toMatchObject([{ level: 'error', req: { method: 'GET' }, err: { message: 'broke' } }]);
  expect(JSON.stringify(lines)).not.toContain('hidden');
});
