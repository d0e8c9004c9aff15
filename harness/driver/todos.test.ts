import { expect, test } from 'vitest';
import { readTodos, readTodosOfInput } from './todos.ts';

test.each([
  ['content', { content: 'first', status: 'completed', activeForm: 'doing first' }, 'done'],
  ['description', { description: 'first', status: 'in_progress' }, 'in_progress'],
  ['step', { step: 'first', status: 'inProgress' }, 'in_progress'],
  ['text', { text: 'first', state: 'cancelled' }, 'dropped'],
  ['an unknown state', { text: 'first', state: 'brand new' }, 'pending'],
])('an entry with %s', (_, given, state) => {
  expect(readTodos([given])).toEqual([{ text: 'first', state }]);
});

test('entries without a text are left out; what is no list is none', () => {
  expect(readTodosOfInput({ todos: [{ status: 'done' }, 7, { content: 'x' }] })).toEqual([
    { text: 'x', state: 'pending' },
  ]);
  expect([readTodosOfInput({}), readTodosOfInput('x'), readTodos({})]).toEqual([null, null, null]);
});
