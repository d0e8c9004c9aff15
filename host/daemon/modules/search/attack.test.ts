import { afterEach, beforeEach, expect, test } from 'vitest';
import { mailSteps, manager } from '../../testing/mail-steps.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import { createSearchIndex } from './index-search.ts';

// Attacks on search from inside one agent's box, and races. Each test names the damage.

let hive: TestHive;
beforeEach(() => {
  hive = openTestHive();
});
afterEach(() => hive.close());

const { say } = mailSteps(() => hive);

test('a search through thousands of messages of other agents does not block the event loop', async () => {
  const insert = hive.db.prepare(
    "INSERT INTO messages (thread, sender, recipient, kind, body, at) VALUES (1, 'manager', 'coder', 'note', ?, 1)",
  );
  const body = 'walrus '.repeat(500);
  hive.db.transaction(() => {
    for (let n = 0; n < 1_900; n += 1) insert.run(body);
  })();
  const own = await say(manager, 'scout', { body: 'one walrus more' });
  const search = createSearchIndex(hive);
  await search.catchUp(2_000);
  let turns = 0;
  const takeTurn = () => {
    turns += 1;
    next = setImmediate(takeTurn);
  };
  let next = setImmediate(takeTurn);
  const hits = await search.find({ query: 'walrus', viewer: { name: 'scout', since: 0 }, before: 1e9, limit: 5 });
  clearImmediate(next);
  expect(hits).toMatchObject([{ id: own.id, excerpt: 'one walrus more' }]);
  expect(turns).toBeGreaterThan(1);
});
