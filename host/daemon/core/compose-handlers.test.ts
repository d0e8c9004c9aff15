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

test('each audience gets what any module answers to it; the operator’s operations are hivectl’s and the page’s', () => {
  const { agent, admin, dashboard } = composeHandlers([files, hive]);
  expect(Object.keys(agent)).toEqual(['download']);
  expect(Object.keys(admin)).toEqual(['send', 'doctor']);
  expect(Object.keys(dashboard)).toEqual(['send', 'signOut']);
});

test('an operation that no module answers does not compile', () => {
  // @ts-expect-error: nearly every operation is missing.
  const whole: AudienceHandlers['agent'] = composeHandlers([files, hive]).agent;
  expect(whole).not.toHaveProperty('recv');
});

test('two modules that answer the same operation to one audience do not start', () => {
  expect(() => composeHandlers([files, { ...files, name: 'other' }])).toThrow('other answers download');
});
