import { describe, expect, test } from 'vitest';
import { inputError } from './operations.ts';
import { sendInput } from '../protocol/schemas/message.ts';

const refusalOf = (input: unknown) => {
  const parsed = sendInput.safeParse(input);
  return parsed.success ? null : inputError(parsed.error, ['message_too_large']);
};
const note = { to: 'scout', body: 'hi' };

describe('valid input', () => {
  test.each([
    ['a note', note],
    ['a question', { ...note, kind: 'question', choices: ['a', 'b'], deadline_seconds: 60, default: 'a' }],
    ['an escalation', { ...note, to: '@parent', kind: 'escalation', severity: 'warning' }],
    ['to a role of two words', { ...note, to: '@role:release engineer' }],
    ['to a topic', { ...note, to: '#releases' }],
  ])('%s', (_, input) => {
    expect(refusalOf(input)).toBeNull();
  });
});

describe('the error for invalid input names the wrong field', () => {
  test.each<[string, unknown, RegExp]>([
    ['a forged sender', { ...note, from: 'operator' }, /from/],
    ['a recipient that is no address', { ...note, to: 'Scout!' }, /to: a recipient is an agent's name/],
    ['an address of a group that is none', { ...note, to: '@all' }, /to: a recipient/],
    ['no text', { ...note, body: '' }, /body: the message is empty/],
    ['half a character', { ...note, body: 'x\ud800' }, /body: .*UTF-8/],
    ['a kind that only the hive has', { ...note, kind: 'system' }, /kind/],
    ['an answer to nothing', { ...note, kind: 'answer' }, /in_reply_to: .*"answer"/],
    ['choices without a question', { ...note, choices: ['a', 'b'] }, /choices: goes with kind "question"/],
    ['one choice', { ...note, kind: 'question', choices: ['a'] }, /choices/],
    ['a default without a deadline', { ...note, kind: 'question', default: 'a' }, /default: needs deadline_seconds/],
    [
      'a default that is no choice',
      { ...note, kind: 'question', choices: ['a', 'b'], deadline_seconds: 60, default: 'c' },
      /default: must be one of the choices/,
    ],
    ['severity of a note', { ...note, severity: 'critical' }, /severity: goes with kind "escalation"/],
    ['a ttl that is over at once', { ...note, ttl_seconds: 1 }, /ttl_seconds/],
    ['an attachment with a path', { ...note, attachments: [{ name: '../x', hash: 'a'.repeat(64) }] }, /name/],
    ['a hash that is none', { ...note, attachments: [{ name: 'x', hash: 'abc' }] }, /hash/],
  ])('%s', (_, input, message) => {
    expect(refusalOf(input)).toMatchObject({
      code: 'invalid_input',
      message: expect.stringMatching(message) as string,
    });
  });

  test('a text that is too long has an error code of its own', () => {
    expect(refusalOf({ ...note, body: 'ü'.repeat(40_000) })).toMatchObject({ code: 'message_too_large' });
  });
});
