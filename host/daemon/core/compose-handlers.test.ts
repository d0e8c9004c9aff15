import { expect, test } from 'vitest';
import type { AudienceHandlers, Module } from './module.ts';
import { composeHandlers } from './compose-handlers.ts';

const files = {
  name: 'files',
  handlers: { agent: { download: () => ({ name: '', hash: '', data: '' }) } },
} satisfies Module;
const hive = {
  name: 'hive',
  handlers: {
    operator: { send: () => ({ id: 1, thread: 1, recipients: [], duplicate: false }) },
    admin: { doctor: () => ({ checks: [] }) },
    dashboard: { signOut: () => ({ ended: true }) },
  },
} satisfies Module;

test('each audience gets the operations that any module handles for it; hivectl and the page share the operator’s', () => {
  const { agent, admin, dashboard } = composeHandlers([files, hive]);
  expect(Object.keys(agent)).toEqual(['download']);
  expect(Object.keys(admin)).toEqual(['send', 'doctor']);
  expect(Object.keys(dashboard)).toEqual(['send', 'signOut']);
});

test('an operation without a handler does not compile', () => {
  // @ts-expect-error: nearly every operation is missing.
  const whole: AudienceHandlers['agent'] = composeHandlers([files, hive]).agent;
  expect(whole).not.toHaveProperty('recv');
});

test('two modules that handle the same operation for one audience make the start fail', () => {
  expect(() => composeHandlers([files, { ...files, name: 'other' }])).toThrow('other answers download');
});
