import { expect, test } from 'vitest';
import { sendInput } from '../../../../protocol/schemas/message.ts';
import { EMPTY_DRAFT, makeUniqueName, toSendInput, whyNotSend } from './draft.ts';

const HASH = 'a'.repeat(64);

test('every draft that the page accepts is valid input for the send operation', () => {
  const draft = {
    ...EMPTY_DRAFT,
    kind: 'question' as const,
    priority: 'high' as const,
    choices: ['yes', 'no'],
    deadline: '3600',
    default: 'no',
    files: [{ name: 'plan.md', hash: HASH, bytes: 3 }],
  };
  expect(whyNotSend('Merge?', draft, 'scout')).toBeNull();
  const input = toSendInput('Merge?', draft, { to: '*', inReplyTo: 4 });
  expect(sendInput.parse(input)).toEqual({
    to: '*',
    body: 'Merge?',
    kind: 'question',
    in_reply_to: 4,
    priority: 'high',
    choices: ['yes', 'no'],
    deadline_seconds: 3600,
    default: 'no',
    attachments: [{ name: 'plan.md', hash: HASH }],
  });
  const asNote = toSendInput('Merge?', { ...draft, kind: 'note' }, { to: '*', inReplyTo: undefined });
  expect(Object.keys(sendInput.parse(asNote)).sort()).toEqual(['attachments', 'body', 'kind', 'priority', 'to']);
});

test('an invalid draft is refused with its reason before it is sent', () => {
  const question = { ...EMPTY_DRAFT, kind: 'question' as const };
  expect(whyNotSend(' ', EMPTY_DRAFT, 'scout')).toBe('');
  expect(whyNotSend('ä'.repeat(40_000), EMPTY_DRAFT, 'scout')).toContain('64 KiB');
  expect(whyNotSend('?', question, '*')).toContain('one agent');
  expect(whyNotSend('?', { ...question, choices: ['yes'] }, 'scout')).toContain('another choice');
  expect(whyNotSend('?', { ...question, default: 'yes' }, 'scout')).toContain('deadline');
  expect(whyNotSend('?', { ...question, choices: ['a', 'b'], default: 'c', deadline: '900' }, 'scout')).toContain(
    'one of',
  );
});

test('files with the same name get unique names', () => {
  const file = (name: string) => ({ name, hash: HASH, bytes: 1 });
  expect(makeUniqueName('plan.md', [])).toBe('plan.md');
  expect(makeUniqueName('plan.md', [file('plan.md'), file('plan (2).md')])).toBe('plan (3).md');
  expect(makeUniqueName('.env', [file('.env')])).toBe('.env (2)');
});
