import { afterEach, expect, test, vi } from 'vitest';
import { HiveError, type ErrorCode } from '../../../../protocol/errors.ts';
import type { TerminalOutput } from '../../../../protocol/schemas/terminal.ts';
import { followTerminal } from './terminal-link.ts';

const ID = '00000000-0000-4000-8000-000000000001';
const LAST: TerminalOutput = { seq: 2, text: '', end: { why: 'idle', exitCode: null } };

let stop = () => {};
afterEach(() => {
  stop();
  vi.unstubAllGlobals();
});

const stream = (...parts: unknown[]) =>
  new Response(parts.map((part) => `data: ${JSON.stringify(part)}\n\n`).join(''), {
    headers: { 'content-type': 'text/event-stream' },
  });
const refusal = (code: ErrorCode) => {
  const { message } = new HiveError(code);
  return Response.json({ error: { code, message } }, { status: 400 });
};

/** Follows a terminal of a dashboard with these answers, one for each connection, to its end. */
async function follow(...answers: (() => Response | Promise<Response>)[]): Promise<string[]> {
  vi.stubGlobal('fetch', async () => {
    const answer = answers.shift();
    if (answer === undefined) throw new Error('nobody connects again');
    return answer();
  });
  const seen: string[] = [];
  await new Promise<void>((resolve) => {
    stop = followTerminal(
      { id: ID },
      {
        show: async ({ text }) => void (text === '' || seen.push(text)),
        onState: (state) => seen.push(state),
        onEnd(sentence) {
          seen.push(sentence);
          resolve();
        },
      },
    );
  });
  expect(answers).toEqual([]);
  return seen;
}

test('an error that is no outage is an end with its message', async () => {
  expect(await follow(() => refusal('too_many_streams'))).toEqual([
    'connecting',
    'ended',
    `The terminal cannot be shown any more: ${new HiveError('too_many_streams').message}`,
  ]);
  expect((await follow(() => stream({ seq: 'x' }))).at(-1)).toMatch(
    /^The terminal cannot be shown any more: The answer to followTerminal is not as declared/,
  );
});

test('a dashboard that does not answer, or whose proxy answers instead, is an outage', async () => {
  const proxy = () => new Response('<h1>Bad gateway</h1>', { status: 502 });
  const away = () => Promise.reject(new TypeError('Failed to fetch'));
  expect(await follow(proxy, away, () => stream({ seq: 1, text: 'x' }, LAST))).toEqual([
    'connecting',
    'lost',
    'lost',
    'connected',
    'x',
    'ended',
    'The terminal ended: nobody typed for too long.',
  ]);
});

test('a terminal that the hive does not have any more ended unseen: no reason is made up', async () => {
  expect(
    await follow(
      () => stream({ seq: 1, text: 'x' }),
      () => refusal('unknown_terminal'),
    ),
  ).toEqual(['connecting', 'connected', 'x', 'lost', 'ended', 'The terminal ended while nobody was connected.']);
});
