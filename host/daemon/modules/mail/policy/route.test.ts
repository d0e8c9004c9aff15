import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideRoute, type Route } from './route.ts';

// manager ─┬─ lead ─┬─ coder ─── helper (task)
//          │        └─ tester
//          └─ scout ─── reader
const PARENTS = new Map<string, string | null>([
  ['manager', null],
  ['lead', 'manager'],
  ['scout', 'manager'],
  ['coder', 'lead'],
  ['tester', 'lead'],
  ['helper', 'coder'],
  ['reader', 'scout'],
]);
const parentOf = (name: string) => PARENTS.get(name);
const roleOf = (name: string) => (name === 'helper' ? 'task' : 'worker');
const route = (sender: string, recipient: string) =>
  decideRoute({ routing: 'tree', sender, senderRole: roleOf(sender), recipient, parentOf });
const direct: Route = { kind: 'direct', copyTo: null };
const everyone = [...PARENTS.keys(), 'operator', 'system', 'gone'];

test('with open routing everyone writes to everyone', () => {
  for (const sender of everyone)
    for (const recipient of everyone)
      expect(decideRoute({ routing: 'open', sender, senderRole: 'task', recipient, parentOf })).toEqual(direct);
});

describe('in a tree', () => {
  test.each(['operator', 'system'])('%s reaches everyone', (sender) => {
    for (const recipient of everyone) expect(route(sender, recipient)).toEqual(direct);
  });

  test('everyone reaches the operator, who must be able to hear of trouble', () => {
    for (const sender of ['manager', 'lead', 'coder', 'reader', 'gone'])
      expect(route(sender, 'operator')).toEqual(direct);
  });

  test('one writes up to its parent and down to its children', () => {
    expect(route('coder', 'lead')).toEqual(direct);
    expect(route('lead', 'coder')).toEqual(direct);
    expect(route('coder', 'helper')).toEqual(direct);
    expect(route('lead', 'manager')).toEqual(direct);
  });

  test('siblings talk with each other, and their parent hears it', () => {
    expect(route('coder', 'tester')).toEqual({ kind: 'direct', copyTo: 'lead' });
    expect(route('scout', 'lead')).toEqual({ kind: 'direct', copyTo: 'manager' });
  });

  test('one does not go past its parent', () => {
    expect(route('coder', 'manager')).toEqual({
      kind: 'refuse',
      why: 'manager is further up than your parent: write to your parent lead.',
    });
  });

  test('one does not reach past its children: the refusal names the child on the way', () => {
    expect(route('lead', 'helper')).toEqual({
      kind: 'refuse',
      why: 'helper is further down than your children: write to your child coder.',
    });
    expect(route('manager', 'helper')).toMatchObject({ why: expect.stringContaining('your child lead') });
  });

  test('to another branch a message goes by way of the nearest common ancestor', () => {
    expect(route('coder', 'reader')).toEqual({ kind: 'via', via: 'manager' });
    expect(route('tester', 'helper')).toEqual({ kind: 'via', via: 'lead' });
    expect(route('coder', 'scout')).toEqual({ kind: 'via', via: 'manager' });
  });

  test('a task-role agent writes only to its parent, not even to the operator', () => {
    expect(route('helper', 'coder')).toEqual(direct);
    for (const recipient of ['lead', 'tester', 'manager', 'operator', 'reader'])
      expect(route('helper', recipient)).toEqual({
        kind: 'refuse',
        why: 'An agent with the role "task" writes only to its parent: write to coder.',
      });
  });

  test('a task-role agent without a parent is not mute: it has the operator', () => {
    const orphan = { routing: 'tree', sender: 'gone', senderRole: 'task', parentOf } as const;
    expect(decideRoute({ ...orphan, recipient: 'operator' })).toEqual(direct);
    expect(decideRoute({ ...orphan, recipient: 'coder' })).toMatchObject({
      why: expect.stringContaining('write to operator'),
    });
  });

  test('whoever hangs on no common ancestor is refused', () => {
    expect(route('coder', 'gone')).toEqual({
      kind: 'refuse',
      why: 'You and gone have no common ancestor: write to lead.',
    });
  });
});

describe('in any tree, broken ones too', () => {
  const names = Array.from({ length: 8 }, (_, index) => `a${index}`);
  const name = fc.constantFrom(...names);
  /** Cycles, own parents and unknown parents included. */
  const parents = fc.dictionary(name, fc.option(fc.constantFrom(...names, 'unknown')));
  const role = fc.constantFrom('worker', 'task');

  test('every pair gets exactly one answer that can be acted on', () => {
    fc.assert(
      fc.property(parents, role, (tree, senderRole) => {
        const parentOf = (name: string) => tree[name];
        for (const sender of names)
          for (const recipient of names) {
            const route = decideRoute({ routing: 'tree', sender, senderRole, recipient, parentOf });
            if (route.kind === 'via') expect([sender, recipient]).not.toContain(route.via);
            else if (route.kind === 'refuse') expect(route.why).toMatch(/ write to (your (parent|child) )?\w+\.$/);
            else if (route.copyTo !== null) expect(route.copyTo).toBe(tree[recipient]);
          }
      }),
    );
  });

  test('what a sound tree refuses or sends another way can be done from there on, step by step', () => {
    // Each agent's parent is one of those made before it: no cycles, one root.
    const sound = fc.tuple(...names.slice(1).map((_, index) => fc.nat(index)));
    fc.assert(
      fc.property(sound, name, name, (picks, sender, recipient) => {
        const parentOf = (of: string) => {
          const index = names.indexOf(of);
          return index <= 0 ? null : (names[picks[index - 1] ?? 0] ?? null);
        };
        let at = sender;
        for (let steps = 0; at !== recipient; steps += 1) {
          expect(steps).toBeLessThan(names.length);
          const route = decideRoute({ routing: 'tree', sender: at, senderRole: 'worker', recipient, parentOf });
          if (route.kind === 'direct') at = recipient;
          else if (route.kind === 'via') at = route.via;
          else at = / (\w+)\.$/.exec(route.why)?.[1] ?? 'nobody';
        }
      }),
    );
  });
});
