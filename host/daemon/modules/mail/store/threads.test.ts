import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AgentName } from '../../../../../protocol/names.ts';
import { prunerOf } from '../../../testing/list-test-modules.ts';
import { openTestHive, type TestHive } from '../../../testing/open-test-hive.ts';
import { listThreads } from './threads.ts';

let hive: TestHive;
beforeEach(() => {
  hive = openTestHive(undefined, { broker: { send_burst: 10_000, loop_slow_hops: 9_999, loop_pause_hops: 9_999 } });
});
afterEach(() => hive.close());

const [manager, scout, coder] = ['manager', 'scout', 'coder'] as AgentName[] as [AgentName, AgentName, AgentName];

test('pages of an agent’s threads hold each thread once, whoever wrote last in it', async () => {
  const threads: number[] = [];
  for (let n = 0; n < 500; n += 1)
    threads.push((await hive.broker.send(manager, { to: scout, body: `matter ${n}` })).id);
  // The manager goes on with others in the oldest threads, so that their last messages are newer than any
  // that the scout saw.
  for (const old of threads.slice(0, 100))
    await hive.broker.send(manager, { to: coder, body: 'more', in_reply_to: old });
  const seen: number[] = [];
  for (let before = Number.MAX_SAFE_INTEGER; ;) {
    const page = listThreads(hive.db, { of: scout, before, limit: 50 });
    seen.push(...page.map((thread) => thread.id));
    const last = page.at(-1);
    if (last === undefined) break;
    before = last.lastId;
  }
  expect(seen).toHaveLength(threads.length);
  expect(new Set(seen)).toEqual(new Set(threads));
});

test('a thread whose newest message was pruned still has a head', async () => {
  const first = await hive.broker.send(manager, { to: scout, body: 'waits' });
  const note = await hive.broker.send(manager, { to: coder, body: 'is done with', in_reply_to: first.id });
  hive.db.prepare("UPDATE deliveries SET state = 'done', ended_at = 1 WHERE message_id = ?").run(note.id);
  hive.time.now += 10 * 86_400_000;
  const pruner = prunerOf(hive, { messages_days: 1, notices_days: 1, transcript_days: 1, events_days: 1 });
  await pruner.prune(hive.time.now, 20);
  expect(listThreads(hive.db, { of: null, before: Number.MAX_SAFE_INTEGER, limit: 10 })).toMatchObject([
    { id: first.id, subject: 'waits', lastFrom: 'manager', lastId: first.id },
  ]);
});
