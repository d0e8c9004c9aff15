import { expect, test } from 'vitest';
import { OPERATIONS } from 'virtual:operations';
import { operatorSurface } from '../../../protocol/operations/operator.ts';
import { findMisfit, type Shape } from './data/shape.ts';

const misfitOf = (name: keyof typeof OPERATIONS, answer: unknown) => findMisfit(OPERATIONS[name].output, answer);

test('the page has every operation for the operator where it is declared, those of the forge below /forge', () => {
  for (const { name, method, path } of Object.values(operatorSurface))
    expect(OPERATIONS[name as keyof typeof OPERATIONS]).toMatchObject({ method, path });
  expect(OPERATIONS.listRepos).toMatchObject({ method: 'GET', path: '/forge/repos' });
});

test('an answer of another shape is found out, and where', () => {
  const message = { id: 1, thread: 1, at: 5 };
  expect(misfitOf('markRead', { read: 2 })).toBeNull();
  expect(misfitOf('markRead', { read: 'two' })).toBe('read');
  expect(misfitOf('markRead', null)).toBe('');
  expect(misfitOf('inbox', { messages: [message], unread: 1 })).toMatch(/^messages\.0\.\w+$/);
  expect(misfitOf('setQuiet', { until: null })).toBeNull();
  expect(misfitOf('setQuiet', {})).toBe('until');
});

test('a field beyond those declared is let through, an optional one may be missing but not be something else', () => {
  const shape: Shape = { is: 'object', fields: { a: { is: 'string' }, b: { is: 'number' } }, optional: ['b'] };
  expect(findMisfit(shape, { a: 'x', c: 1 })).toBeNull();
  expect(findMisfit(shape, { a: 'x', b: 'y' })).toBe('b');
  expect(findMisfit({ is: 'record', of: shape }, { one: { a: 1 } })).toBe('one.a');
});
