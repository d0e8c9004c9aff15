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

test('with open routing every agent may write to every other', () => {
  for (const sender of everyone)
    for (const recipient of everyone)
      expect(decideRoute({ routing: 'open', sender, senderRole: 'task', recipient, parentOf })).toEqual(direct);
});

describe('in a tree', () => {
  test.each(['operator', 'system'])('%s reaches everyone', (sender) => {
    for (const recipient of everyone) expect(route(sender, recipient)).toEqual(direct);
  });

  test('everyone reaches the operator, so that trouble can always be reported', () => {
    for (const sender of ['manager', 'lead', 'coder', 'reader', 'gone'])
      expect(route(sender, 'operator')).toEqual(direct);
  });

  test('an agent writes to its parent and to its children', () => {
    expect(route('coder', 'lead')).toEqual(direct);
    expect(route('lead', 'coder')).toEqual(direct);
    expect(route('coder', 'helper')).toEqual(direct);
    expect(route('lead', 'manager')).toEqual(direct);
  });

  test('siblings may write to each other, and their parent gets a copy', () => {
    expect(route('coder', 'tester')).toEqual({ kind: 'direct', copyTo: 'lead' });
    expect(route('scout', 'lead')).toEqual({ kind: 'direct', copyTo: 'manager' });
  });

  test('an agent cannot write past its parent', () => {
    expect(route('coder', 'manager')).toEqual({
      kind: 'refuse',
      why: 'manager is further up than your parent: write to your parent lead.',
    });
  });

  test('an agent cannot write past its children: the refusal names the child to write to', () => {
    expect(route('lead', 'helper')).toEqual({
      kind: 'refuse',
      why: 'helper is further down than your children: write to your child coder.',
    });
    expect(route('manager', 'helper')).toMatchObject({ why: expect.stringContaining('your child lead') });
  });

  test('a message to another branch is routed through the nearest common ancestor', () => {
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

  test('a task-role agent without a parent may write to the operator', () => {
    const orphan = { routing: 'tree', sender: 'gone', senderRole: 'task', parentOf } as const;
    expect(decideRoute({ ...orphan, recipient: 'operator' })).toEqual(direct);
    expect(decideRoute({ ...orphan, recipient: 'coder' })).toMatchObject({
      why: expect.stringContaining('write to operator'),
    });
  });

  test('agents without a common ancestor cannot write to each other', () => {
    expect(route('coder', 'gone')).toEqual({
      kind: 'refuse',
      why: 'You and gone have no common ancestor: write to lead.',
    });
  });
});

describe('in any tree, inconsistent ones too', () => {
  const names = Array.from({ length: 8 }, (_, index) => `a${index}`);
  const name = fc.constantFrom(...names);
  /** Includes cycles, agents that are their own parents, and unknown parents. */
  const parents = fc.dictionary(name, fc.option(fc.constantFrom(...names, 'unknown')));
  const role = fc.constantFrom('worker', 'task');

  test('every pair gets exactly one answer that the sender can act on', () => {
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

  test('every refused or rerouted message of a consistent tree can reach its recipient step by step', () => {
    // Each agent's parent is an earlier element: no cycles, one root.
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
