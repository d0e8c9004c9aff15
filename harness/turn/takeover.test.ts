import { expect, test } from 'vitest';
import { createTakeover, refuseTakeover, type TakeoverFacts } from './takeover.ts';

const FREE: TakeoverFacts = { turnRuns: false, sessionId: 's', hasTerminal: true, isHeldByOther: false };
const LAUNCH = { argv: ['cli'], env: {}, cwd: '/' };
const never = new AbortController().signal;

test.each<[string, Partial<TakeoverFacts>, string | null]>([
  ['nothing is in the way', {}, null],
  ['a turn runs', { turnRuns: true }, 'A turn runs'],
  ['there is no conversation', { sessionId: null }, 'no conversation'],
  ['the driver has no terminal', { hasTerminal: false }, 'no terminal interface'],
  ['somebody else is in it', { isHeldByOther: true }, 'Somebody else'],
])('a conversation is given to a person, or not: %s', (_, facts, sentence) => {
  const refused = refuseTakeover({ ...FREE, ...facts });
  if (sentence === null) expect(refused).toBeNull();
  else expect(refused).toContain(sentence);
});

test('a turn waits while a person is in the conversation, and a second one is refused', async () => {
  const takeover = createTakeover();
  expect(await takeover.begin()).toHaveProperty('refused');
  takeover.serve({ facts: () => FREE, launch: async () => LAUNCH });
  await takeover.free(never);
  const begun = await takeover.begin();
  if (!('launch' in begun)) throw new Error('it was refused');
  expect(await takeover.begin()).toEqual({ refused: expect.stringContaining('Somebody else') as string });
  let isFree = false;
  const waiting = takeover.free(never).then(() => (isFree = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(isFree).toBe(false);
  begun.end();
  await waiting;
});

test('a program that cannot be prepared leaves the conversation free', async () => {
  const takeover = createTakeover();
  takeover.serve({ facts: () => FREE, launch: () => Promise.reject(new Error('no space left')) });
  expect(await takeover.begin()).toEqual({ refused: expect.stringContaining('no space left') as string });
  await takeover.free(never);
});
