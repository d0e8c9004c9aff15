import { describe, expect, test } from 'vitest';
import type { ProviderName } from '../../../../protocol/providers.ts';
import { listModels, resolveModel } from './resolve-models.ts';

const WORKER = [
  { provider: 'anthropic' as ProviderName, model: 'claude-sonnet-5' },
  { provider: 'openai' as ProviderName, model: 'other' },
];
const hive = { map: new Map([['worker', WORKER]]), defaultProvider: 'anthropic' as ProviderName };
const claude = { driver: 'claude' as const, tools: ['Bash'] };
const script = { driver: 'script' as const, tools: [] };
const list = (model: string, spec: { driver: 'claude' | 'script'; tools: string[] } = claude, greeted?: string) =>
  listModels(spec, { resolved: resolveModel({ model }, hive), greeted: greeted ?? null });

describe('the model of a spec', () => {
  test('is answered by the entries of its name, whatever provider the spec names', () => {
    const primary = { provider: 'anthropic', model: 'claude-sonnet-5', entries: WORKER };
    expect(resolveModel({ model: 'worker' }, hive)).toEqual(primary);
    expect(resolveModel({ model: 'worker', provider: 'gemini' as ProviderName }, hive)).toEqual(primary);
  });

  test('that is no name of the map is a model of its provider, or of the default one', () => {
    expect(resolveModel({ model: 'sonnet' }, hive)).toEqual({ provider: 'anthropic', model: 'sonnet', entries: [] });
    expect(resolveModel({ model: 'gpt', provider: 'openai' as ProviderName }, hive)).toMatchObject({
      provider: 'openai',
      model: 'gpt',
    });
  });
});

describe('the models that an agent may request', () => {
  test('are its own and the small one of its CLI', () => {
    expect(list('sonnet')).toEqual({ allowed: ['sonnet', 'haiku'], entries: [] });
    expect(list('deepseek-chat').allowed).toEqual(['deepseek-chat', 'haiku']);
    expect(list('fable').allowed).toEqual(['fable', 'opus', 'haiku']);
  });

  test('are of every family where the CLI chooses: by the day, or for agents of its own', () => {
    const families = ['sonnet', 'opus', 'fable', 'mythos', 'haiku'];
    expect(list('opusplan').allowed).toEqual(['opusplan', ...families]);
    expect(list('opus', { driver: 'claude', tools: ['Task'] }).allowed).toEqual(expect.arrayContaining(families));
  });

  test('are those of the map for every driver; a program that names its models itself may else request any', () => {
    expect(list('worker').allowed).toEqual(['claude-sonnet-5', 'haiku', 'other']);
    expect(list('worker', script)).toEqual({ allowed: ['claude-sonnet-5', 'other'], entries: WORKER });
    expect(list('sonnet', script)).toEqual({ allowed: null, entries: [] });
  });

  test('are still those that its harness knows, until it was told of a change', () => {
    expect(list('opus', claude, 'sonnet').allowed).toEqual(['opus', 'haiku', 'sonnet']);
    expect(list('worker', claude, 'claude-fable-5').allowed).toContain('claude-fable-5');
  });
});
