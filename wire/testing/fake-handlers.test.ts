import { expect, test } from 'vitest';
import { agentSurface } from '../../protocol/operations/agent.ts';
import { operatorSurface } from '../../protocol/operations/operator.ts';
import type { CallContext } from '../operations.ts';
import { fakeHandlers } from './fake-handlers.ts';

const context: CallContext<null> = { caller: null, signal: AbortSignal.abort(), lastEventId: null };

test('an operation that the test does not handle returns the emptiest declared answer, new each time', () => {
  const fake = fakeHandlers<typeof agentSurface, null>(agentSurface, { quiet: () => ({ until: 7 }) });
  const list = () => fake.reminders({ action: 'list' }, context);
  expect(list()).toEqual({ reminders: [] });
  expect(list()).not.toBe(list());
  expect(fake.topics({ action: 'list' }, context)).toEqual({ topics: [], total: 0 });
  expect(fake.quiet({ minutes: 1 }, context)).toEqual({ until: 7 });
});

test('an operation without an empty answer is refused by name; with `refuse` every other operation is', () => {
  const fake = fakeHandlers<typeof operatorSurface, null>(operatorSurface, {});
  expect(() => fake.getAgent({ name: 'a' as never }, context)).toThrow('The test does not answer getAgent.');
  const strict = fakeHandlers<typeof operatorSurface, null>(operatorSurface, {}, { others: 'refuse' });
  expect(() => strict.listTopics({}, context)).toThrow(expect.objectContaining({ code: 'not_implemented' }));
});

test('an unhandled stream has no events and ends with its caller', async () => {
  const events = fakeHandlers<typeof operatorSurface, null>(operatorSurface, {}).followEvents({}, context);
  expect(await events[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined });
});
