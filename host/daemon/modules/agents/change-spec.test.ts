import { expect, test } from 'vitest';
import type { AgentSpec } from '../../../../protocol/schemas/agent.ts';
import { changeSpec } from './change-spec.ts';

const SPEC: AgentSpec = {
  role: 'scout',
  driver: 'claude',
  model: 'sonnet',
  image: 'hyperhive/base:latest',
  tools: ['Bash'],
  prompt: '',
  limits: { memoryMb: 2048, cpus: 2, pids: 512, tmpMb: 512, diskMb: 0, diskFiles: 0 },
  turnTimeoutMs: 3_600_000,
};

test('a change keeps the other fields and returns the names of the changed ones', () => {
  const { spec, fields } = changeSpec(SPEC, { prompt: 'Look twice.', model: 'sonnet', limits: { memoryMb: 4096 } });
  expect(spec).toEqual({ ...SPEC, prompt: 'Look twice.', limits: { ...SPEC.limits, memoryMb: 4096 } });
  expect(fields).toEqual(['prompt', 'limits.memoryMb']);
});

test('projects are joined and left one by one; without any the spec has no such part', () => {
  const inTwo = { ...SPEC, projects: { web: 'write', docs: 'read' } } as AgentSpec;
  const change = (projects: Record<string, string>) =>
    changeSpec(inTwo, { projects: projects as NonNullable<AgentSpec['projects']> });
  expect(change({ web: 'write' })).toEqual({ spec: inTwo, fields: [] });
  expect(change({ docs: 'none', api: 'review' })).toEqual({
    spec: { ...SPEC, projects: { web: 'write', api: 'review' } },
    fields: ['projects'],
  });
  expect(change({ docs: 'none', web: 'none' })).toEqual({ spec: SPEC, fields: ['projects'] });
  expect(changeSpec(inTwo, { prompt: 'x' }).spec.projects).toEqual({ web: 'write', docs: 'read' });
});

test('the same spec again changes nothing', () => {
  expect(changeSpec(SPEC, SPEC)).toEqual({ spec: SPEC, fields: [] });
});

test('memory and /tmp that do not fit together are refused, whichever was changed', () => {
  const refused = expect.objectContaining({ code: 'invalid_input', message: expect.stringMatching(/it may have \d+/) });
  expect(() => changeSpec(SPEC, { limits: { memoryMb: 512 } })).toThrow(refused);
  expect(() => changeSpec(SPEC, { limits: { tmpMb: 1_700 } })).toThrow(refused);
  expect(changeSpec(SPEC, { limits: { memoryMb: 512, tmpMb: 64 } }).fields).toEqual([
    'limits.memoryMb',
    'limits.tmpMb',
  ]);
  // Declared before this check existed: its other fields can still be changed.
  const old = { ...SPEC, limits: { ...SPEC.limits, memoryMb: 512 } };
  expect(changeSpec(old, { prompt: 'Look twice.', limits: { tmpMb: 512 } }).fields).toEqual(['prompt']);
});
