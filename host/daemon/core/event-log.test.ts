import { expect, test } from 'vitest';
import { openTestHive } from '../testing/open-test-hive.ts';
import { createEventLog } from './event-log.ts';

test('a listener that throws keeps no later one from receiving an event', async () => {
  const hive = openTestHive();
  const later: string[] = [];
  hive.events.subscribe(() => {
    throw new Error('broken');
  });
  hive.events.subscribe((event) => later.push(event.kind));
  await hive.events.record('hive.stopping', { data: { reason: 'test' } });
  expect(later).toEqual(['hive.stopping']);
  expect(hive.listenerErrors).toMatchObject([{ message: 'broken' }]);
  await hive.close();
});

test('following the log gives every event once, in order, from any point, while more are recorded', async () => {
  const hive = openTestHive();
  const stop = new AbortController();
  const seen: number[] = [];
  for (let n = 0; n < 20; n += 1) await hive.broker.send('operator', { to: 'scout', body: `a${n}` });
  const following = (async () => {
    for await (const event of hive.events.follow({ after: 5, agent: null, keep: () => true }, stop.signal)) {
      seen.push(event.seq);
      if (event.seq === 1_040) stop.abort();
    }
  })();
  await Promise.all(
    Array.from({ length: 1_020 }, (_, n) => hive.broker.send('operator', { to: 'scout', body: `b${n}` })),
  );
  await following;
  expect(seen).toEqual(Array.from({ length: 1_035 }, (_, n) => n + 6));
  await hive.close();
});

test.each([1, 9, 10, 37])(
  '%i events stored at once have consecutive numbers, in the store and for listeners',
  async (count) => {
    const hive = openTestHive();
    await hive.events.record('hive.stopping', { data: { reason: 'before' } });
    const before = hive.heard.length;
    await hive.writer.write((tx) => {
      const texts = Array.from({ length: count }, (_, n) => ({ turn: 1, text: `t${n}`, truncated: false }));
      hive.events.appendAll(
        tx,
        'scout',
        texts.map((data) => ({ kind: 'turn.text', data, json: JSON.stringify(data) })),
      );
      hive.events.append(tx, 'hive.stopping', { data: { reason: 'after' } });
    });
    const heard = hive.heard.slice(before);
    const first = (hive.heard[before - 1]?.seq ?? 0) + 1;
    expect(heard.map(({ seq }) => seq)).toEqual(Array.from({ length: count + 1 }, (_, n) => first + n));
    const stored = hive.db.prepare('SELECT seq, kind, agent, data FROM events WHERE seq >= ? ORDER BY seq').all(first);
    expect(stored).toEqual(
      heard.map(({ seq, kind, agent, data }) => ({ seq, kind, agent, data: JSON.stringify(data) })),
    );
    expect(heard.map(({ data }) => ('text' in data ? data['text'] : null)).slice(0, count)).toEqual(
      Array.from({ length: count }, (_, n) => `t${n}`),
    );
    await hive.close();
  },
);

test('secrets in events that were encoded before are not stored', async () => {
  const hive = openTestHive();
  const events = createEventLog({
    db: hive.db,
    writer: hive.writer,
    clock: hive.clock,
    redact: (data) => JSON.parse(JSON.stringify(data).replaceAll('hunter2', '[secret]')) as typeof data,
    onListenerError: () => undefined,
  });
  const data = { turn: 1, text: 'it is hunter2', truncated: false };
  await hive.writer.write((tx) =>
    events.appendAll(tx, 'scout', [{ kind: 'turn.text', data, json: JSON.stringify(data) }]),
  );
  const stored = hive.db.prepare("SELECT data FROM events WHERE kind = 'turn.text'").pluck().all();
  expect(stored).toEqual([JSON.stringify({ ...data, text: 'it is [secret]' })]);
  await hive.close();
});

// Vulnerability: a page that was closed for long follows from its last event on, and its socket takes all at once.
// Scenario: 20,000 events are read without a pause. Verified: everybody else gets the thread in between.
test('a follower that is far behind does not keep the thread', async () => {
  const hive = openTestHive();
  const data = { turn: 1, text: 'a', truncated: false };
  const event = { kind: 'turn.text' as const, data, json: JSON.stringify(data) };
  await hive.writer.write((tx) =>
    hive.events.appendAll(
      tx,
      'scout',
      Array.from({ length: 20_000 }, () => event),
    ),
  );
  let rounds = 0;
  let over = false;
  const count = () => {
    rounds += 1;
    if (!over) setImmediate(count);
  };
  setImmediate(count);
  const stop = new AbortController();
  let seen = 0;
  for await (const _event of hive.events.follow({ after: 0, agent: null, keep: () => true }, stop.signal)) {
    seen += 1;
    if (seen === 20_000) stop.abort();
  }
  over = true;
  expect(rounds).toBeGreaterThanOrEqual(9);
  await hive.close();
});
