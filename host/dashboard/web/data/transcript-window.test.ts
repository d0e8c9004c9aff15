import { expect, test } from 'vitest';
import type { HiveEvent } from '../../../../protocol/schemas/event.ts';
import { type Log, openAround, openNewest, type TranscriptWindow } from './transcript-window.ts';

const PAGE = 10;

/** A log of `count` events, of which every second one is the agent's. */
function logOf(count: number) {
  const events: HiveEvent[] = [];
  const recent: HiveEvent[] = [];
  let since = 0;
  const add = () => {
    const seq = events.length + 1;
    const event = { seq, at: seq, kind: 'turn.text', agent: null, data: { turn: 1, text: `${seq}`, truncated: false } };
    events.push(event as HiveEvent);
    return event as HiveEvent;
  };
  for (let n = 0; n < count; n += 1) add();
  const wanted = () => events.filter(({ seq }) => seq % 2 === 0);
  const log: Log = {
    async read(place) {
      const lastSeq = events.length;
      if ('before' in place) {
        const page = wanted()
          .filter(({ seq }) => seq < place.before)
          .slice(-PAGE);
        return { events: page, downTo: page.length < PAGE ? 0 : (page[0]?.seq ?? 0), upTo: 0, lastSeq };
      }
      const page = wanted()
        .filter(({ seq }) => seq > place.after)
        .slice(0, PAGE);
      return { events: page, downTo: 0, upTo: page.length < PAGE ? lastSeq : (page.at(-1)?.seq ?? 0), lastSeq };
    },
    recent: () => ({ events: recent, since }),
  };
  return { log, add, recent, forget: (seq: number) => void (since = seq) };
}

const seqs = ({ model }: TranscriptWindow) => Array.from({ length: model.count() }, (_, index) => model.row(index).seq);
const evens = (from: number, to: number) =>
  Array.from({ length: to }, (_, n) => n + 1).filter((n) => n >= from && n % 2 === 0);

test('the newest window grows with live events and by older pages', async () => {
  const { log, add } = logOf(60);
  const window = await openNewest(log);
  expect([seqs(window), window.isNewest(), window.hasOlder()]).toEqual([evens(42, 60), true, true]);
  add();
  window.add([add()]);
  window.add([add()].filter(({ seq }) => seq % 2 === 0));
  await window.loadOlder();
  expect(seqs(window)).toEqual(evens(22, 62));
  await window.loadOlder();
  await window.loadOlder();
  expect([seqs(window), window.hasOlder()]).toEqual([evens(2, 62), false]);
});

test('a window around an event has pages on both sides, and reaches the newest by newer pages and what arrived meanwhile', async () => {
  const { log, add, recent } = logOf(100);
  const window = await openAround(50, log);
  expect([seqs(window), window.isNewest()]).toEqual([evens(30, 68), false]);
  expect([window.holds(29), window.holds(31), window.holds(68), window.holds(69)]).toEqual([false, true, true, false]);
  window.add([add()]);
  await window.loadNewer();
  expect(seqs(window)).toEqual(evens(30, 88));
  add();
  recent.push(add());
  add();
  recent.push(add());
  await window.loadNewer();
  await window.loadNewer();
  expect([seqs(window), window.isNewest()]).toEqual([evens(30, 104), true]);
});

test('a window does not take live events for the newest when earlier ones were forgotten', async () => {
  const { log, add, recent, forget } = logOf(20);
  const window = await openAround(10, log);
  expect(window.isNewest()).toBe(true);
  forget(25);
  const other = await openAround(10, log);
  expect(other.isNewest()).toBe(false);
  for (let n = 0; n < 10; n += 1) add();
  recent.push(add(), add());
  await other.loadNewer();
  expect([seqs(other), other.isNewest()]).toEqual([evens(2, 32), true]);
});

test('a window is bounded: what is dropped at one end can be loaded again', async () => {
  const { log } = logOf(200);
  const window = await openNewest(log, 25);
  await window.loadOlder();
  await window.loadOlder();
  expect([seqs(window), window.isNewest()]).toEqual([evens(142, 186), false]);
  await window.loadNewer();
  expect([seqs(window), window.isNewest(), window.hasOlder()]).toEqual([evens(156, 200), true, true]);
});

test('a page that cannot be loaded is a problem until one can; two are never loaded at the same time', async () => {
  const { log } = logOf(100);
  let isAway = true;
  const read: Log['read'] = async (place) => {
    if (isAway && 'before' in place && place.before < 100) throw new Error('hived is away');
    return log.read(place);
  };
  const window = await openNewest({ ...log, read });
  await window.loadOlder();
  expect([window.problem()?.message, seqs(window)]).toEqual(['hived is away', evens(82, 100)]);
  isAway = false;
  await Promise.all([window.loadOlder(), window.loadOlder()]);
  expect([window.problem(), seqs(window)]).toEqual([null, evens(62, 100)]);
});
