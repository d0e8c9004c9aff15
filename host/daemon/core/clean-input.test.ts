import { expect, test } from 'vitest';
import type { AgentName } from '../../../protocol/names.ts';
import { agentMail } from '../../../protocol/operations/agent-mail.ts';
import { operatorSetup } from '../../../protocol/operations/operator-setup.ts';
import { bindSurface } from '../../../wire/operations.ts';
import { cleanInput, type FoundSecrets } from './clean-input.ts';
import { createKnownSecrets } from './known-secrets.ts';

const VALUE = 'q7Rk-2mVt9_wZx31bN';
const surface = { send: agentMail.send, upload: agentMail.upload, setProvider: operatorSetup.setProvider };

/** Calls operations whose handlers record what they get. */
function open() {
  const secrets = createKnownSecrets();
  secrets.learn('test', [{ name: 'DEPLOY', value: VALUE }]);
  const got: unknown[] = [];
  const found: (FoundSecrets & { caller: AgentName })[] = [];
  const record = (input: unknown) => got.push(input) as never;
  const handlers = { send: record, upload: record, setProvider: record };
  const clean = cleanInput<AgentName>(secrets, (one, caller) => found.push({ ...one, caller }));
  const bound = bindSurface(surface, handlers, { clean });
  const context = { caller: 'coder' as AgentName, signal: new AbortController().signal, lastEventId: null };
  const call = (name: keyof typeof surface, input: unknown) => bound.get(name)!.run(input, context);
  return { call, got, found };
}

test('a secret in the input of an operation is replaced before the handler gets it, and reported', () => {
  const { call, got, found } = open();
  call('send', { to: 'manager', body: `it is ${VALUE}, or ${Buffer.from(VALUE).toString('base64')}` });
  expect(got).toMatchObject([
    { to: 'manager', body: expect.stringMatching(/^it is \[secret:DEPLOY\], or \[secret:DEPLOY\].?$/) },
  ]);
  expect(found).toEqual([{ operation: 'send', names: ['DEPLOY'], caller: 'coder' }]);
});

test('an error about the input does not quote a secret', () => {
  const { call } = open();
  let message = '';
  try {
    call('send', { to: 'manager', body: 'x', [VALUE]: 1 });
  } catch (error) {
    message = String(error);
  }
  expect(message).toContain('[secret:DEPLOY]');
  expect(message).not.toContain(VALUE);
});

test('a file with a secret is refused by its name; others are not changed', () => {
  const { call, got, found } = open();
  const upload = (text: string) => call('upload', { name: 'a.txt', data: Buffer.from(text).toString('base64') });
  expect(() => upload(`password: ${VALUE}\n`)).toThrow('contains DEPLOY');
  expect(found).toEqual([{ operation: 'upload', names: ['DEPLOY'], caller: 'coder' }]);
  upload('nothing of note');
  expect(got).toEqual([{ name: 'a.txt', data: Buffer.from('nothing of note').toString('base64') }]);
});

test('an operation that takes a secret gets it', () => {
  const { call, got, found } = open();
  call('setProvider', { provider: 'anthropic', key: VALUE });
  expect(got).toMatchObject([{ provider: 'anthropic', key: VALUE }]);
  expect(found).toEqual([]);
});
