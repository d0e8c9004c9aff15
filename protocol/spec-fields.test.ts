import { expect, test } from 'vitest';
import { agentSpec, limits } from './schemas/agent.ts';
import { boxFieldsOf, fieldsWith, SPEC_FIELDS } from './spec-fields.ts';

test('every field of a spec says when a change of it has effect, and no other name does', () => {
  const fields = [
    ...Object.keys(agentSpec.shape).filter((field) => field !== 'limits'),
    ...Object.keys(limits.shape).map((field) => `limits.${field}`),
  ];
  expect(Object.keys(SPEC_FIELDS).toSorted()).toEqual(fields.toSorted());
});

test('the box’s fields are the ones that are fixed in it, whatever the order of the spec', () => {
  const spec = agentSpec.parse({
    role: 'scout',
    driver: 'claude',
    model: 'sonnet',
    image: 'base',
    tools: [],
    prompt: 'Look.',
    limits: { memoryMb: 512, cpus: 1, pids: 64, tmpMb: 16, diskMb: 5, diskFiles: 0 },
    turnTimeoutMs: 1_000,
  });
  const box = boxFieldsOf(spec);
  expect(
    boxFieldsOf({ ...spec, limits: Object.fromEntries(Object.entries(spec.limits).toReversed()) as never }),
  ).toEqual(box);
  expect(boxFieldsOf({ ...spec, prompt: 'Look twice.', model: 'opus', role: 'judge' })).toEqual(box);
  for (const change of [{ image: 'other' }, { limits: { ...spec.limits, cpus: 2 } }])
    expect(boxFieldsOf({ ...spec, ...change })).not.toEqual(box);
});

test('a field of a newer hived counts as fixed in the box, so that a needed rebuild is never missed', () => {
  expect(fieldsWith('next_box', ['prompt', 'limits.cpus', 'unheard-of'])).toEqual(['limits.cpus', 'unheard-of']);
});
