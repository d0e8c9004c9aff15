import { expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import type { BoxStatus } from '../runtime.ts';
import { createBoxList } from './list-boxes.ts';

const END = { exitCode: 3, oomKilled: false, ranMs: 1, memoryMb: 512 };

/** An engine whose boxes are a map, with a record of its calls. */
function openEngine() {
  const states = new Map<string, BoxStatus['state']>();
  const calls: string[] = [];
  const statusOf = (id: string, state: BoxStatus['state']): BoxStatus => ({
    id,
    agent: id as AgentName,
    generation: 1,
    fingerprint: '',
    cli: null,
    state,
    madeAt: 0,
    end: state === 'exited' ? END : null,
  });
  const list = createBoxList({
    async list() {
      calls.push('list');
      return [...states].map(([id, state]) => statusOf(id, state));
    },
    async inspect(id) {
      calls.push(`inspect ${id}`);
      const state = states.get(id);
      return state === undefined ? null : statusOf(id, state);
    },
  });
  return { states, calls, list };
}

test('fifty running boxes are one call to the engine; an ended one is inspected once', async () => {
  const { states, calls, list } = openEngine();
  for (let n = 0; n < 50; n += 1) states.set(`box-${n}`, 'running');
  expect(await list()).toHaveLength(50);
  states.set('box-7', 'exited');
  const ended = (await list()).find(({ id }) => id === 'box-7');
  expect(ended).toMatchObject({ state: 'exited', end: END });
  await list();
  expect(calls).toEqual(['list', 'list', 'inspect box-7', 'list']);
});

test('a box that was started again is inspected again when it ends, and one that is gone is forgotten', async () => {
  const { states, calls, list } = openEngine();
  states.set('one', 'exited');
  await list();
  states.set('one', 'running');
  await list();
  states.set('one', 'exited');
  await list();
  expect(calls.filter((call) => call === 'inspect one')).toHaveLength(2);
  states.delete('one');
  expect(await list()).toEqual([]);
  states.set('one', 'exited');
  await list();
  expect(calls.filter((call) => call === 'inspect one')).toHaveLength(3);
});

test('a box that is removed between the list and its inspection is not listed', async () => {
  const { states, list } = openEngine();
  states.set('one', 'exited');
  const listed = list();
  states.delete('one');
  expect(await listed).toEqual([]);
});
