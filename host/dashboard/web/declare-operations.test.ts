import { expect, test } from 'vitest';
import { OPERATIONS } from 'virtual:operations';
import { operatorSurface } from '../../../protocol/operations/operator.ts';
import { findMismatch, type Shape } from './data/shape.ts';

const mismatchOf = (name: keyof typeof OPERATIONS, answer: unknown) => findMismatch(OPERATIONS[name].output, answer);

test('the page has every operator operation at its declared path, those of the forge below /forge', () => {
  for (const { name, method, path } of Object.values(operatorSurface))
    expect(OPERATIONS[name as keyof typeof OPERATIONS]).toMatchObject({ method, path });
  expect(OPERATIONS.listRepos).toMatchObject({ method: 'GET', path: '/forge/repos' });
});

test('a response of another shape is detected, with the path of the mismatch', () => {
  const message = { id: 1, thread: 1, at: 5 };
  expect(mismatchOf('markRead', { read: 2 })).toBeNull();
  expect(mismatchOf('markRead', { read: 'two' })).toBe('read');
  expect(mismatchOf('markRead', null)).toBe('');
  expect(mismatchOf('inbox', { messages: [message], unread: 1 })).toMatch(/^messages\.0\.\w+$/);
  expect(mismatchOf('setQuiet', { until: null })).toBeNull();
  expect(mismatchOf('setQuiet', {})).toBe('until');
});

test('an undeclared field is accepted; an optional field may be missing, but not have another type', () => {
  const shape: Shape = { is: 'object', fields: { a: { is: 'string' }, b: { is: 'number' } }, optional: ['b'] };
  expect(findMismatch(shape, { a: 'x', c: 1 })).toBeNull();
  expect(findMismatch(shape, { a: 'x', b: 'y' })).toBe('b');
  expect(findMismatch({ is: 'record', of: shape }, { one: { a: 1 } })).toBe('one.a');
});
