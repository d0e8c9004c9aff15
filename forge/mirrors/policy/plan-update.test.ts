import { expect, test } from 'vitest';
import { planUpdate } from './plan-update.ts';

const refs = (given: Record<string, string>) =>
  new Map(Object.entries(given).map(([name, oid]) => [`refs/${name}`, oid]));
const plan = (present: Record<string, string>, upstream: Record<string, string>) =>
  planUpdate({ refs: refs(present), defaultBranch: 'main' }, refs(upstream)).map((step) =>
    step.map(({ ref, from, to }) => `${ref.slice(5)} ${from ?? '-'}>${to ?? '-'}`),
  );

test('new, moved and deleted branches and tags are one step', () => {
  expect(
    plan(
      { 'heads/main': 'a', 'heads/old': 'b', 'tags/v1': 'c' },
      { 'heads/main': 'd', 'heads/new': 'e', 'tags/v1': 'c' },
    ),
  ).toEqual([['heads/main a>d', 'heads/new ->e', 'heads/old b>-']]);
  expect(plan({ 'heads/main': 'a' }, { 'heads/main': 'a' })).toEqual([]);
});

test('the branch that a clone checks out is deleted last', () => {
  expect(plan({ 'heads/main': 'a' }, { 'heads/trunk': 'a' })).toEqual([['heads/trunk ->a'], ['heads/main a>-']]);
});

test('a name in the way of a new one is deleted first', () => {
  expect(plan({ 'heads/main': 'a', 'heads/x': 'b' }, { 'heads/main': 'a', 'heads/x/y': 'c' })).toEqual([
    ['heads/x b>-'],
    ['heads/x/y ->c'],
  ]);
  expect(plan({ 'heads/main': 'a', 'heads/x/y': 'b' }, { 'heads/main': 'a', 'heads/x': 'c' })).toEqual([
    ['heads/x/y b>-'],
    ['heads/x ->c'],
  ]);
});
