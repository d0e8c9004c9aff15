import { expect, test } from 'vitest';
import type { AgentName } from '../../../protocol/names.ts';
import { sayWhen } from './edit.ts';

const name = 'scout' as AgentName;
const running = { name, desired: 'running' } as const;

test.each([
  [['prompt', 'model'], 'It has effect from its next turn on.'],
  [['limits.diskMb'], 'It has effect now.'],
  [['limits.memoryMb'], 'Its box has it after a rebuild. Rebuild it now: hivectl rebuild scout'],
  [
    ['model', 'limits.memoryMb'],
    'Its next turn has model; its box has limits.memoryMb after a rebuild. Rebuild it now: hivectl rebuild scout',
  ],
])('a change of %j says from when on it has effect', (changed, said) => {
  expect(sayWhen(running, changed)).toBe(said);
});

test('of a stopped agent nothing needs a rebuild: its start makes another box', () => {
  expect(sayWhen({ name, desired: 'stopped' }, ['model', 'image'])).toBe('It has effect when the agent is started.');
  expect(sayWhen({ name, desired: 'stopped' }, ['limits.diskFiles'])).toBe('It has effect now.');
});
