import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  CHECK_STATES,
  CHECK_STATE_ROWS,
  type CheckState,
  isOver,
  isSatisfied,
} from '../../../protocol/check-states.ts';
import { decideAfterRun } from './after-run.ts';
import { chooseRun } from './choose-run.ts';
import { firstFailingLines } from './first-failing-lines.ts';
import { judgeSuite } from './judge-suite.ts';
import type { CheckDefinition } from './parse-checks.ts';
import { readNotes } from './read-notes.ts';
import { selectChecks } from './select-checks.ts';

const state = fc.constantFrom(...CHECK_STATES);
const runs = fc.array(fc.record({ check: fc.string(), required: fc.boolean(), skipIsOk: fc.boolean(), state }));

test('the states that are over are the ones that nothing follows', () => {
  for (const name of CHECK_STATES) expect(isOver(name), name).toBe(CHECK_STATE_ROWS[name].next.length === 0);
});

test('a suite passes only when every required check passed, or was skipped where that is enough', () => {
  fc.assert(
    fc.property(runs, (all) => {
      const { state: verdict, failed } = judgeSuite(all);
      const required = all.filter((run) => run.required);
      expect(verdict === 'passed').toBe(
        required.every((run) => run.state === 'passed' || (run.state === 'skipped' && run.skipIsOk)),
      );
      expect(verdict === 'failed').toBe(failed.length > 0);
    }),
  );
});

const one = (of: CheckState, more: { required?: boolean; skipIsOk?: boolean } = {}) => ({
  check: of,
  required: true,
  skipIsOk: true,
  state: of,
  ...more,
});

test.each([
  [[], 'passed'],
  [[one('passed')], 'passed'],
  [[one('passed'), one('running')], 'running'],
  [[one('failed'), one('running')], 'failed'],
  [[one('queued')], 'running'],
  [[one('skipped')], 'passed'],
  [[one('skipped', { skipIsOk: false })], 'failed'],
  [[one('cancelled')], 'failed'],
  [[one('timed_out')], 'failed'],
  [[one('lost')], 'failed'],
  [[one('failed', { required: false }), one('passed')], 'passed'],
  [[one('running', { required: false }), one('passed')], 'passed'],
] as const)('a suite of %j is %s', (all, verdict) => {
  expect(judgeSuite(all).state).toBe(verdict);
});

test('being skipped is never the same as having passed', () => {
  expect(isSatisfied('skipped', { skipIsOk: false })).toBe(false);
  expect(CHECK_STATE_ROWS.skipped.counts).not.toBe(CHECK_STATE_ROWS.passed.counts);
});

test.each([
  [['lost'], 0, 'lost'],
  [['lost', 'lost', 'lost'], 0, 'lost'],
  [['lost', 'lost', 'lost', 'lost'], 3, null],
  [['failed'], 0, null],
  [['failed'], 1, 'rule'],
  [['failed', 'lost', 'timed_out'], 1, null],
  [['failed', 'lost'], 1, 'lost'],
  [['passed'], 3, null],
  [['cancelled'], 3, null],
] as const)('after %j with %d retries comes %s', (attempts, retries, why) => {
  expect(decideAfterRun([...attempts], { retries })).toBe(why);
});

const NEVER = { owners: new Map<string, number>(), repositories: new Map<number, number>() };
/** Repositories 1 and 2 are of ann, 3 and 4 of bob. */
const ownerOf = (repositoryId: number) => ({ repositoryId, owner: repositoryId < 3 ? 'ann' : 'bob' });

test('runs begin fairly: no owner or repository gets a further one while another one waits with fewer', () => {
  const repository = fc.integer({ min: 1, max: 4 });
  const waiting = fc.array(
    fc.record({
      run: fc.nat(),
      repositoryId: repository,
      priority: fc.integer({ min: 0, max: 3 }),
      queuedAt: fc.nat({ max: 100 }),
    }),
    { minLength: 1 },
  );
  fc.assert(
    fc.property(waiting, fc.array(repository), (runs, busy) => {
      const all = runs.map((run) => ({ ...run, ...ownerOf(run.repositoryId) }));
      const running = busy.map(ownerOf);
      const chosen = chooseRun(all, { running, served: NEVER })!;
      const ofOwner = (name: string) => running.filter(({ owner }) => owner === name).length;
      expect(ofOwner(chosen.owner)).toBe(Math.min(...all.map(({ owner }) => ofOwner(owner))));
      const own = all.filter(({ owner }) => owner === chosen.owner);
      const ofRepository = (id: number) => busy.filter((one) => one === id).length;
      expect(ofRepository(chosen.repositoryId)).toBe(
        Math.min(...own.map(({ repositoryId }) => ofRepository(repositoryId))),
      );
      const same = own.filter(({ repositoryId }) => repositoryId === chosen.repositoryId);
      expect(chosen.priority).toBe(Math.max(...same.map(({ priority }) => priority)));
    }),
  );
  expect(chooseRun([], { running: [], served: NEVER })).toBeNull();
});

test('of those with as many running ones, the owner and the repository that were served longest ago are next', () => {
  const waits = (run: number, repositoryId: number) => ({ run, ...ownerOf(repositoryId), priority: 0, queuedAt: run });
  const all = [waits(1, 1), waits(2, 2), waits(3, 3)];
  const next = (owners: [string, number][], repositories: [number, number][]) =>
    chooseRun(all, { running: [], served: { owners: new Map(owners), repositories: new Map(repositories) } })?.run;
  expect(next([['ann', 500]], [[1, 500]])).toBe(3);
  expect(next([['bob', 500]], [[1, 400]])).toBe(2);
});

const check = (name: string, paths: string[] | null): CheckDefinition => ({
  name,
  setup: '',
  command: 'x',
  timeoutMs: 1,
  paths,
  required: true,
  skipIsOk: true,
  retries: 0,
  artifacts: [],
  reports: [],
  caches: [],
});

test('a check runs when a file changed that its paths name, and always without paths', () => {
  const states = (changed: string[] | null) =>
    selectChecks([check('all', null), check('docs', ['docs/**']), check('code', ['src/**', '*.json'])], changed).map(
      (one) => one.state,
    );
  expect(states(['docs/a/b.md'])).toEqual(['queued', 'queued', 'skipped']);
  expect(states(['package.json'])).toEqual(['queued', 'skipped', 'queued']);
  expect(states([])).toEqual(['queued', 'skipped', 'skipped']);
  expect(states(null)).toEqual(['queued', 'queued', 'queued']);
});

test('lines of a known format name places; everything else is output', () => {
  const text = [
    '::error file=src/a.ts,line=3,col=9::it is wrong',
    '::warning::odd',
    '::passed::no',
    'x ::error::inside',
    '::notice file=b,line=-1::at no line',
  ].join('\n');
  expect(readNotes(text)).toEqual([
    { level: 'error', path: 'src/a.ts', line: 3, message: 'it is wrong' },
    { level: 'warning', path: null, line: null, message: 'odd' },
    { level: 'notice', path: 'b', line: null, message: 'at no line' },
  ]);
});

test('the first failing lines are marked errors, else what looks like a failure, else the last lines', () => {
  const error = { level: 'error', path: 'a.ts', line: 3, message: 'wrong' } as const;
  expect(firstFailingLines('anything', [error])).toEqual(['a.ts:3: wrong']);
  const many = Array.from({ length: 30 }, (_, at) => `line ${at}`);
  expect(firstFailingLines([...many, 'not ok 1 - adds', 'expected 3'].join('\n'), [])).toEqual([
    'not ok 1 - adds',
    'expected 3',
  ]);
  expect(firstFailingLines(many.join('\n'), []).at(-1)).toBe('line 29');
  expect(firstFailingLines('', [])).toEqual([]);
});
