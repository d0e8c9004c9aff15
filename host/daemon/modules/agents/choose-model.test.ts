import { expect, test } from 'vitest';
import { parseConfig } from '../../config/parse-config.ts';
import { completeSpec } from './complete-spec.ts';

const plain = parseConfig('', 'config.yaml');
const lab = parseConfig(
  'defaults: { provider: lab, model: lab-1 }\nproviders: { lab: { kind: openai-compatible, base_url: "http://lab/v1" } }\nmodels: { quick: [gemini/gemini-3.8-flash] }',
  'config.yaml',
);
const chosen = (given: Parameters<typeof completeSpec>[0], config = plain) => {
  const { model, provider } = completeSpec(given, config);
  return provider === undefined ? model : `${provider}/${model}`;
};
const provider = (name: string) => name as NonNullable<Parameters<typeof completeSpec>[0]['provider']>;

test('an agent without a driver follows the defaults of the hive', () => {
  expect(chosen({})).toBe('sonnet');
  expect(chosen({ driver: 'script', command: ['./x'] }, lab)).toBe('lab-1');
});

test('an agent whose CLI cannot speak with the default provider gets one that it can', () => {
  expect(chosen({ driver: 'gemini' })).toBe('gemini/gemini-3.8-flash');
  expect(chosen({ driver: 'opencode' })).toBe('openai/gpt-5-mini');
  expect(chosen({ driver: 'gemini' }, lab)).toBe('gemini/gemini-3.8-flash');
});

test('one whose CLI can follows the defaults', () => {
  expect(chosen({ driver: 'opencode' }, lab)).toBe('lab-1');
});

test('what the spec says stays', () => {
  expect(chosen({ driver: 'gemini', model: 'gemini-3.1-pro' })).toBe('gemini/gemini-3.1-pro');
  expect(chosen({ driver: 'gemini', provider: provider('gemini') })).toBe('gemini/gemini-3.8-flash');
  expect(chosen({ driver: 'opencode', provider: provider('lab'), model: 'x' }, lab)).toBe('lab/x');
  expect(chosen({ driver: 'gemini', provider: provider('lab'), model: 'x' }, lab)).toBe('lab/x');
});

test('a name of `models` has its own providers', () => {
  expect(chosen({ driver: 'gemini', model: 'quick' }, lab)).toBe('quick');
});
