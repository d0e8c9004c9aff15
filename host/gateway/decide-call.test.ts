import { expect, test } from 'vitest';
import type { AgentName } from '../../protocol/names.ts';
import { type CallFacts, decideCall } from './decide-call.ts';
import type { ProviderName } from '../../protocol/providers.ts';

const OPENAI = 'openai' as ProviderName;

const facts: CallFacts = {
  agent: 'scout' as AgentName,
  provider: OPENAI,
  kind: 'openai',
  account: 'key',
  limitedUntil: null,
  protocol: { name: 'openai-chat', label: 'this' },
  bytes: 10,
  model: 'm',
  maxTokens: 100,
  stream: true,
  repeatsModel: false,
  mayUse: true,
  forbidden: null,
  unread: false,
  allowed: null,
};
const anthropic = { name: 'anthropic', label: 'that' };

test.each<[string, Partial<CallFacts>]>([
  ['to a provider with a key', {}],
  ['that costs nothing', { model: null, maxTokens: null }],
  ['to the demo model', { account: 'demo' }],
  [
    "to the demo model in a protocol that the agent's provider does not speak",
    { account: 'demo', protocol: anthropic },
  ],
])('a call %s is allowed', (_, change) => {
  expect(decideCall({ ...facts, ...change })).toEqual({ do: 'allow' });
});

const words = (text: string) => ({ words: expect.stringContaining(text) as string });
const SET = 'hivectl provider set openai';

test.each<[string, Partial<CallFacts>, object]>([
  ['nobody knows yet who answers', { account: 'not_told' }, { code: 'not_told', status: 503, retry: true, ...words('not yet said') }],
  ['there is no key', { account: 'no_key' }, { code: 'no_key', status: 401, retry: false, ...words(`No key is set for the model provider. The operator sets one: ${SET}`) }],
  ['its provider is not declared', { account: 'unknown', kind: null, provider: 'lab' as ProviderName }, { code: 'unknown', status: 401, retry: false, ...words('hivectl provider add lab') }],
  ['there is only a token for another client', { account: 'wrong_client' }, { code: 'wrong_client', status: 403, retry: false, ...words('for calls of its own client alone') }],
  ['the key is refused', { account: 'key_refused' }, { code: 'key_refused', status: 401, retry: false, ...words(SET) }],
  ['the provider speaks something else', { protocol: anthropic }, { code: 'wrong_protocol', status: 404, retry: false, ...words('OpenAI, which does not speak that') }],
  ['the model is another agent’s', { mayUse: false, allowed: ['sonnet', 'haiku'], model: 'opus' }, { code: 'wrong_model', status: 404, retry: false, ...words('may not use the model "opus". It may use: sonnet, haiku. The operator can change that: hivectl edit scout --model') }],
  ['nobody can say which model is meant', { repeatsModel: true, allowed: ['m'] }, { code: 'wrong_model', status: 400, retry: false, ...words('more than once') }],
])('a call is refused when %s', (_, change, refusal) => {
  expect(decideCall({ ...facts, ...change })).toEqual({ do: 'refuse', ...refusal });
}); // prettier-ignore

test('a call is refused while limits hold on every account that other calls met', () => {
  const limitedUntil = Date.UTC(2027, 0, 1);
  expect(decideCall({ ...facts, account: 'limited', limitedUntil })).toEqual({
    do: 'refuse',
    code: 'limited',
    status: 429,
    words:
      'The account at OpenAI has reached a limit, which another call was told; it ends at 2027-01-01T00:00:00.000Z.',
    retry: true,
  });
});
