import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Db } from '../../../../../store/open-store.ts';
import { openTestHive, type TestHive } from '../../../testing/open-test-hive.ts';
import { isWaiting, orderOfNext, waitingFor } from './turn-deliveries.ts';
import { countOpenQuestions, listQuestions } from '../../questions/store/questions.ts';
import { listThreads } from './threads.ts';
import { listOpenTurns, renewAllTurns } from '../../turns/store/turns.ts';

// These tables grow with every turn and message: queries that run every second, or at an agent's request,
// must not scan them.

let hive: TestHive;
beforeEach(() => {
  hive = openTestHive();
});
afterEach(() => hive.close());

/** SQLite's query plans for the statements that a query function prepares. */
function plansOf(query: (db: Db) => unknown): string[] {
  const texts: string[] = [];
  const recorder = new Proxy(hive.db, {
    get(db, key: keyof Db) {
      if (key !== 'prepare') return Reflect.get(db, key) as unknown;
      return (text: string) => {
        texts.push(text);
        return db.prepare(text);
      };
    },
  });
  query(recorder);
  return texts.flatMap((text) => {
    const named = Object.fromEntries([...text.matchAll(/@(\w+)/g)].map(([, name]) => [name, 1]));
    const bound = Object.keys(named).length > 0 ? [named] : [...text.matchAll(/\?/g)].map(() => 1);
    const steps = hive.db.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...bound) as { detail: string }[];
    return steps.map((step) => step.detail);
  });
}

const want = { now: 1, limit: 1 };
const open = { state: 'open', limit: 1 } as const;
test.each<[string, RegExp, (db: Db) => unknown]>([
  ['turns that are open', /USING INDEX turns_open/, (db) => listOpenTurns(db)],
  ['renewing all of them', /USING INDEX turns_open/, (db) => renewAllTurns(db, 1)],
  ['what waits', /USING INDEX deliveries_waiting/, (db) => waitingFor(db, 'scout', { ...want, reach: 'all' })],
  [
    'the next of it',
    /USING (COVERING )?INDEX deliveries_waiting/,
    (db) => orderOfNext(db, 'scout', { now: 1, reach: 'all' }),
  ],
  ['what is urgent', /USING INDEX deliveries_urgent/, (db) => waitingFor(db, 'scout', { ...want, reach: 'urgent' })],
  [
    'whether there is critical',
    /INDEX deliveries_urgent/,
    (db) => isWaiting(db, 'scout', { ...want, reach: 'critical' }),
  ],
  ['all open questions', /INDEX questions_(open|asker)/, (db) => listQuestions(db, { ...open, asked: null })],
  ['open ones for one', /INDEX questions_open/, (db) => listQuestions(db, { ...open, asked: 'scout' })],
  [
    'closed ones for one',
    /INDEX questions_asked/,
    (db) => listQuestions(db, { ...open, state: 'answered', asked: 'scout' }),
  ],
  [
    'those of a thread',
    /messages USING (COVERING )?INDEX messages_thread/,
    (db) => listQuestions(db, { ...open, state: 'all', asked: null, thread: 1 }),
  ],
  [
    'threads of one',
    /SEARCH t USING INTEGER PRIMARY KEY/,
    (db) => listThreads(db, { of: 'scout', before: 9, limit: 1 }),
  ],
  ['how many are open', /INDEX questions_/, (db) => countOpenQuestions(db, null)],
])('%s: found by index', (_, index, query) => {
  const plans = plansOf(query);
  expect(plans.join('\n')).toMatch(index);
});
