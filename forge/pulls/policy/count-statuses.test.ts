import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CommitStatus, STATUS_STATES } from '../../../protocol/schemas/status.ts';
import { countStatuses, refuseStatus } from './count-statuses.ts';

const PEOPLE = ['operator', 'ann', 'bob', 'child', 'guest', 'judge'];
const facts = {
  author: 'ann',
  pushers: ['bob'],
  headOid: 'new',
  mayReview: (name: string) => name !== 'guest',
  isMadeBy: (name: string, maker: string) => name === 'child' && maker === 'bob',
};
const status = fc.record({
  commit: fc.constantFrom('new', 'old'),
  context: fc.constantFrom('ci', 'CI', 'audit'),
  by: fc.constantFrom(...PEOPLE),
  state: fc.constantFrom(...STATUS_STATES),
});
/** The last word of each setter in each context, as the table keeps it. */
const said = fc
  .uniqueArray(status, { selector: ({ commit, context, by }) => `${commit} ${context} ${by}`, maxLength: 20 })
  .map((all) =>
    all.map((one, id): CommitStatus => ({ ...one, id, description: '', url: '', createdAt: 0, updatedAt: id })),
  );

test('only success of whom the rule names, about the newest commit, by somebody without a part in it, is enough', () => {
  fc.assert(
    fc.property(said, fc.constantFrom(...PEOPLE), (all, by) => {
      const [judged] = countStatuses([{ context: 'ci', by: by as 'operator' }], all, facts);
      if (refuseStatus('main', judged!) !== null) return;
      expect(['operator', 'judge']).toContain(by);
      expect(all).toContainEqual(expect.objectContaining({ commit: 'new', context: 'ci', by, state: 'success' }));
    }),
  );
});

const one = (by: string, state: CommitStatus['state'] | null) => {
  const given = { id: 1, commit: 'new', context: 'ci', by, description: '', url: '', createdAt: 0, updatedAt: 0 };
  const all = state === null ? [] : [{ ...given, state }];
  const [judged] = countStatuses([{ context: 'ci', by: by as 'operator' }], all, facts);
  return refuseStatus('main', judged!);
};

test.each([
  ['operator', 'success', null],
  ['judge', 'success', null],
  ['judge', null, 'it needs the status "ci" of judge for its newest commit'],
  ['judge', 'pending', 'its status "ci" of judge is pending: wait for it'],
  ['operator', 'failure', 'its status "ci" of the operator is failure'],
  ['judge', 'warning', 'its status "ci" of judge is warning'],
  [
    'ann',
    'success',
    'it needs the status "ci" of ann, which counts for nothing here, because ann opened this pull request: the rule of main has to name somebody else',
  ],
] as const)('%s says %s: %s', (by, state, reason) => {
  expect(one(by, state)).toBe(reason);
});

test('the operator counts for a pull request of their own, too', () => {
  const own = { ...facts, author: 'operator', pushers: ['operator'] };
  const given = { id: 1, commit: 'new', context: 'ci', by: 'operator', description: '', url: '' };
  const all = [{ ...given, state: 'success' as const, createdAt: 0, updatedAt: 0 }];
  const [judged] = countStatuses([{ context: 'ci', by: 'operator' }], all, own);
  expect(refuseStatus('main', judged!)).toBeNull();
});
