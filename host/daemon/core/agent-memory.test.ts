import { expect, test } from 'vitest';
import { createAgentMemory } from './agent-memory.ts';

test('forgetting an agent removes it from every map, and no other agent', () => {
  const memory = createAgentMemory();
  const ended: string[] = [];
  const rates = memory.keep<number>('rate');
  const timers = memory.keep<string>('timer', (value) => ended.push(value));
  for (const name of ['leaver', 'stays']) {
    rates.set(name, 1);
    timers.set(name, `timer of ${name}`);
  }
  expect(memory.heldOf('leaver')).toEqual(['rate', 'timer']);
  memory.forget('leaver');
  memory.forget('leaver');
  expect(memory.heldOf('leaver')).toEqual([]);
  expect(ended).toEqual(['timer of leaver']);
  expect(memory.heldOf('stays')).toEqual(['rate', 'timer']);
});
