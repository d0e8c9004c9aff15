import { expect, test } from 'vitest';
import { decideTurnEnd } from './turn.ts';

const spent = { cause: 'conversation_spent', wasFresh: true, messages: 1 };

test.each<[string, Parameters<typeof decideTurnEnd>, object]>([
  ['done', ['done'], { deliveries: 'done' }],
  ['a fault of the provider', ['outage'], { deliveries: 'release', counts: 'never' }],
  ['a failure', ['failed'], { deliveries: 'release', counts: 'on_proof' }],
  ['an old conversation that is spent', ['failed', { ...spent, wasFresh: false }], { counts: 'on_proof' }],
  ['a fresh one that one message ended', ['failed', spent], { counts: 'always', maxFailures: 2 }],
  ['a fresh one that several messages ended', ['failed', { ...spent, messages: 3 }], { counts: 'always' }],
  ['a turn without progress', ['interrupted', { ...spent, cause: 'no_progress' }], { counts: 'never' }],
])('%s', (_name, args, end) => {
  expect(decideTurnEnd(...args)).toMatchObject(end);
});
