import { expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import type { ProviderName } from '../../../../protocol/providers.ts';
import type { EntryState } from '../../../../protocol/schemas/model.ts';
import { describeModels } from './describe-models.ts';

const entry = (model: string) => ({ provider: 'anthropic' as ProviderName, model });
const map = new Map([['worker', [entry('a'), entry('b'), entry('c')]]]);

function answering(states: Record<string, EntryState['state']>): (string | null)[] {
  const [worker] = describeModels(map, {
    stateOf: ({ model }) => (states[model] === undefined ? null : { state: states[model], until: null }),
    agentsWith: () => [],
  });
  return (worker?.entries ?? []).filter(({ answers }) => answers).map(({ model }) => model);
}

test.each<[Record<string, EntryState['state']>, string[]]>([
  [{ a: 'ready', b: 'ready', c: 'ready' }, ['a']],
  [{ a: 'limited', b: 'refused', c: 'ready' }, ['c']],
  [{ a: 'demo', b: 'ready', c: 'demo' }, ['b']],
  [{ a: 'failing', b: 'no_key', c: 'ready' }, ['c']],
  [{ a: 'limited', b: 'failing', c: 'failing' }, ['b']],
  [{ a: 'demo', b: 'demo', c: 'demo' }, ['a']],
  [{ a: 'limited', b: 'limited', c: 'no_key' }, []],
  [{}, []],
])('with entries %j, %j answers', (states, answers) => {
  expect(answering(states)).toEqual(answers);
});

test('says which agents use a name, and what the gateway does not say', () => {
  expect(describeModels(map, { stateOf: () => null, agentsWith: (name) => [`${name}-1` as AgentName] })).toEqual([
    {
      name: 'worker',
      entries: ['a', 'b', 'c'].map((model) => ({ ...entry(model), state: 'unknown', until: null, answers: false })),
      agents: ['worker-1'],
    },
  ]);
});
