import { expect, test } from 'vitest';
import { decideRemoval } from './decide-removal.ts';

const OLD = { cli: 'alpha', version: '1.0.0' };
const NEW = { cli: 'alpha', version: '2.0.0' };
const OTHER = { cli: 'beta', version: '9.0.0' };
const user = (name: string, has: string | null, needs: string | null = 'alpha') => ({ name, needs, has });

const facts = { placed: [OLD, NEW, OTHER], inUse: '2.0.0' };

test('a version that nobody has goes', () => {
  const users = [user('a', 'alpha@2.0.0'), user('b', null)];
  expect(decideRemoval(OLD, { ...facts, users })).toEqual({ may: true, isLast: false });
});

test.each([
  {
    what: 'a box was made with it',
    wanted: OLD,
    users: [user('a', 'alpha@1.0.0'), user('b', null)],
    why: /boxes of a /,
  },
  { what: 'it is in use, and there is another one', wanted: NEW, users: [], why: /toolchain use alpha@1\.0\.0/ },
  {
    what: 'its box is of an agent with another driver',
    wanted: OLD,
    users: [user('a', 'alpha@1.0.0', null)],
    why: /rebuild a/,
  },
])('a version stays if $what', ({ wanted, users, why }) => {
  expect(decideRemoval(wanted, { ...facts, users })).toEqual({ may: false, why: expect.stringMatching(why) as string });
});

test('the only version goes if no agent needs the CLI, and stays otherwise', () => {
  const alone = { ...facts, placed: [NEW, OTHER] };
  expect(decideRemoval(NEW, { ...alone, users: [user('a', 'beta@9.0.0', 'beta')] })).toEqual({
    may: true,
    isLast: true,
  });
  // Stopped: its next box would get it.
  expect(decideRemoval(NEW, { ...alone, users: [user('a', null)] })).toMatchObject({
    why: 'alpha@2.0.0 is the version in use, and a cannot do without it.',
  });
});
