import { expect, test } from 'vitest';
import { decideOutage, type Outage, sayFailure } from './outage.ts';

const MIN = 60_000;

/** The decisions after these calls (minute, status), in order. */
function hear(...calls: [minute: number, status: number][]) {
  let known: Outage | null = null;
  return calls.map(([minute, status]) => {
    const step = decideOutage(known, { status, endedAt: minute * MIN });
    known = step.outage;
    return step;
  });
}
const told = (...calls: [minute: number, status: number][]) => hear(...calls).map(({ tell }) => tell);

test('an outage is reported once, after a minute of failures only, and its end once', () => {
  expect(
    told([0, 529], [0.1, 529], [0.5, 502], [1, 503], [2, 529], [40, 500], [90, 529], [91, 200], [92, 200]),
  ).toEqual([null, null, null, 'away', null, null, null, 'back', null]);
});

test.each<[string, [number, number][]]>([
  [
    'the retries of one request',
    [
      [0, 529],
      [0.1, 529],
      [0.2, 529],
      [0.3, 529],
      [0.4, 200],
    ],
  ],
  [
    'two failures far apart',
    [
      [0, 500],
      [5, 500],
    ],
  ],
  [
    'single failures among calls that get through',
    [
      [0, 500],
      [1, 200],
      [2, 500],
      [3, 200],
      [4, 500],
    ],
  ],
  [
    'failures with hours between them',
    [
      [0, 500],
      [40, 500],
      [80, 500],
      [120, 500],
    ],
  ],
  [
    'limits, refusals and boxes that left',
    [
      [0, 429],
      [1, 401],
      [2, 0],
      [3, 400],
      [4, 429],
    ],
  ],
])('%s are not an outage', (_, calls) => {
  expect(told(...calls).every((tell) => tell === null)).toBe(true);
});

test('a new outage after a long silence is reported, and its end once, though the end of the first was never seen', () => {
  expect(told([0, 529], [1, 529], [2, 529], [900, 529], [901, 529], [902, 529], [903, 200], [904, 200])).toEqual([
    null,
    null,
    'away',
    null,
    null,
    'away',
    'back',
    null,
  ]);
  // A single failure after the silence is no outage; the end of the reported one is still owed.
  expect(told([0, 529], [1, 529], [2, 529], [900, 529], [950, 529], [951, 200], [952, 200])).toEqual([
    null,
    null,
    'away',
    null,
    null,
    'back',
    null,
  ]);
});

test('a status that says nothing about the provider neither ends an outage nor begins one', () => {
  expect(told([0, 500], [0.5, 429], [1, 500], [2, 0], [2, 500], [3, 400], [4, 200])).toEqual([
    null,
    null,
    null,
    null,
    'away',
    null,
    'back',
  ]);
});

test('late reports do not change the order', () => {
  expect(hear([2, 529], [0, 529], [1, 529]).at(-1)).toEqual({
    outage: { since: 0, last: 2 * MIN, failures: 3, status: 529, told: true, owesEnd: false },
    tell: 'away',
  });
});

test('the cause is described in plain words', () => {
  expect([529, 502, 504, 500].map(sayFailure)).toEqual([
    'it is overloaded (529)',
    'the gateway cannot reach it, or it answered 502',
    'it did not answer in time, or answered 504',
    'it answered 500',
  ]);
});
