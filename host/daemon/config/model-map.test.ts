import { describe, expect, test } from 'vitest';
import { readModelMap } from './model-map.ts';

const PROTOCOLS: Record<string, readonly string[]> = {
  anthropic: ['anthropic'],
  openai: ['openai-chat', 'openai-responses'],
  gemini: ['gemini'],
};
const read = (given: Record<string, string[]>) => readModelMap(given, (name) => PROTOCOLS[name] ?? null);

describe('the map of models', () => {
  test('is primary and fallbacks of each name, in order', () => {
    const { map, problems } = read({
      worker: ['anthropic/claude-sonnet-5', 'anthropic/claude-opus-5'],
      cheap: ['openai/vendor/some-model:free'],
    });
    expect(problems).toEqual([]);
    expect(map.get('worker')).toEqual([
      { provider: 'anthropic', model: 'claude-sonnet-5' },
      { provider: 'anthropic', model: 'claude-opus-5' },
    ]);
    expect(map.get('cheap')).toEqual([{ provider: 'openai', model: 'vendor/some-model:free' }]);
  });

  test('may name other names, whose lists stand in their place, each entry once', () => {
    const { map, problems } = read({
      lead: ['anthropic/claude-opus-5', 'worker'],
      worker: ['anthropic/claude-sonnet-5', 'anthropic/claude-opus-5'],
    });
    expect(problems).toEqual([]);
    expect(map.get('lead')?.map(({ model }) => model)).toEqual(['claude-opus-5', 'claude-sonnet-5']);
  });

  test.each<[string, Record<string, string[]>, string]>([
    ['an empty list', { worker: [] }, 'models.worker: the list is empty'],
    ['an entry without a provider', { worker: ['claude-sonnet-5'] }, 'models.worker: "claude-sonnet-5" names no provider: write PROVIDER/MODEL, or another name of models'],
    ['an entry that begins with a slash', { worker: ['/m'] }, 'models.worker: "/m" names no provider: write PROVIDER/MODEL, or another name of models'],
    ['an unknown provider', { worker: ['nobody/m'] }, 'models.worker: there is no provider "nobody"'],
    ['no model', { worker: ['openai/'] }, 'models.worker: "" cannot be a model\'s name'],
    ['a name that leads to itself', { worker: ['worker'] }, 'models.worker: it leads back to itself: worker → worker'],
    ['a fallback in another protocol', { worker: ['anthropic/m', 'gemini/m'] }, 'models.worker: gemini speaks no protocol of anthropic, which its agents speak'],
    ['a name that a CLI uses', { sonnet: ['openai/m'] }, 'models.sonnet: "sonnet" is a name that the driver claude gives a model itself'],
    ['a name that is a model', { worker: ['openai/fast'], fast: ['openai/m'] }, 'models.fast: "fast" is a model of models.worker, too'],
  ])('is refused for %s, in one sentence', (_, given, problem) => {
    expect(read(given).problems).toEqual([problem]);
  }); // prettier-ignore

  test('is refused for a cycle, and for two names that differ in case only, in a sentence for each name', () => {
    expect(read({ a: ['openai/m', 'b'], b: ['a'], c: ['a'] }).problems).toEqual([
      'models.a: it leads back to itself: a → b → a',
      'models.b: it leads back to itself: b → a → b',
    ]);
    expect(read({ fast: ['openai/m'], Fast: ['openai/m'] }).problems).toEqual([
      'models.fast: it differs from models.Fast in upper and lower case only',
      'models.Fast: it differs from models.fast in upper and lower case only',
    ]);
  });
});
