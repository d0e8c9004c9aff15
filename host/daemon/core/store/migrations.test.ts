import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../../../../store/open-store.ts';
import { MIGRATIONS } from './migrations.ts';

test('a hive of the first version keeps its mail, its reminders and its used ids', () => {
  const dir = mkdtempSync(join(tmpdir(), 'hive-migrate-'));
  const path = join(dir, 'hive.db');
  const old = openStore(path, MIGRATIONS.slice(0, 1));
  old.exec(`
    INSERT INTO agents (name, spec, desired, created_at) VALUES ('scout', '{}', 'running', 1);
    INSERT INTO messages (id, thread, sender, recipient, kind, body, at) VALUES
      (5, 5, 'operator', 'scout', 'note', '  first line' || char(10) || 'second', 10), (6, 5, 'scout', 'operator', 'note', 'ünd', 20);
    INSERT INTO deliveries (id, message_id, recipient, state, attempts, turn_id, ended_at) VALUES
      (3, 5, 'scout', 'dead', 5, 1, 30), (4, 6, 'operator', 'queued', 0, NULL, NULL);
    INSERT INTO turns (id, agent, generation, boot_id, fence, started_at, lease_until, ended_at, outcome) VALUES (1, 'scout', 1, 'b', 1, 1, 2, 3, 'failed');
    INSERT INTO turn_deliveries VALUES (1, 3, 1);
    INSERT INTO reminders (agent, due_at, body, created_at) VALUES ('scout', 99, 'look', 1);
    INSERT INTO messages (id, thread, sender, recipient, kind, body, at) VALUES (40, 40, 'a', 'b', 'note', 'x', 1);
    DELETE FROM messages WHERE id = 40;
  `);
  old.close();
  const db = openStore(path, MIGRATIONS);
  const all = (text: string) => db.prepare(text).all();
  expect(all('SELECT id, state, order_key, bytes FROM deliveries ORDER BY id')).toEqual([
    { id: 3, state: 'dead', order_key: 20_010, bytes: 19 },
    { id: 4, state: 'queued', order_key: 20_020, bytes: 4 },
  ]);
  expect(all('SELECT * FROM mailboxes ORDER BY owner')).toEqual([
    { owner: 'operator', queued: 1, bytes: 4, dead: 0 },
    { owner: 'scout', queued: 0, bytes: 0, dead: 1 },
  ]);
  expect(all('SELECT id, messages, last_id AS last FROM threads')).toEqual([{ id: 5, messages: 2, last: 6 }]);
  expect(all('SELECT owner, recipient, state FROM reminders')).toEqual([
    { owner: 'scout', recipient: 'scout', state: 'standing' },
  ]);
  db.prepare(
    "INSERT INTO messages (thread, sender, recipient, kind, body, at) VALUES (1, 'a', 'b', 'task', 'x', 1)",
  ).run();
  expect(all('SELECT MAX(id) AS id FROM messages')).toEqual([{ id: 41 }]);
  expect(() =>
    db
      .prepare(
        "INSERT INTO deliveries (message_id, recipient, state, order_key, bytes) VALUES (999, 'a', 'queued', 1, 1)",
      )
      .run(),
  ).toThrow(/FOREIGN KEY/);
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  db.close();
  rmSync(dir, { recursive: true });
});

test('what was spent before there were projects counts for none', () => {
  const dir = mkdtempSync(join(tmpdir(), 'hive-migrate-'));
  const path = join(dir, 'hive.db');
  const old = openStore(path, MIGRATIONS.slice(0, 29));
  old.exec("INSERT INTO spending VALUES (900000, 'scout', 'r', 'anthropic', 'm', 3, 1, 10, 20, 30, 40, 0.5, 2)");
  old.close();
  const db = openStore(path, MIGRATIONS);
  expect(db.prepare('SELECT * FROM spending').all()).toEqual([
    {
      slot: 900_000,
      agent: 'scout',
      role: 'r',
      projects: '',
      provider: 'anthropic',
      model: 'm',
      calls: 3,
      unpriced_calls: 1,
      estimated_calls: 2,
      input_tokens: 10,
      output_tokens: 20,
      cache_read_tokens: 30,
      cache_write_tokens: 40,
      cost_usd: 0.5,
    },
  ]);
  db.close();
  rmSync(dir, { recursive: true });
});
