import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type AgentName, MANAGER, OPERATOR } from '../../../../protocol/names.ts';
import { prunerOf } from '../../testing/list-test-modules.ts';
import { insertUpload } from '../files/store/blobs.ts';
import { insertIntent } from '../boxes/store/intents.ts';
import { openTestFleet } from '../../testing/open-test-fleet.ts';
import { destroyAgent } from './destroy.ts';
import { agentPlaces } from '../../node/agent-directories.ts';

const LEAVER = 'leaver' as AgentName;
const scout = 'scout' as AgentName;

/** Columns that name an agent which owns one of everything, and their state after it is gone. */
const NAMED: Record<string, 'gone' | { kept: string }> = {
  'agent_sessions.agent': 'gone',
  'agents.name': 'gone',
  'agents.parent': 'gone',
  'approvals.agent': 'gone',
  'connections.agent': { kept: 'the record of what it reached, until retention takes it' },
  'deliveries.recipient': { kept: 'the history of mail, until retention takes the message' },
  'egress_injections.subject': 'gone',
  'egress_quotas.subject': 'gone',
  'egress_rules.subject': 'gone',
  'events.agent': { kept: 'the event log, until retention takes the event' },
  'events.data': { kept: 'the event log, until retention takes the event' },
  'intents.data': { kept: 'a rebuild of several passes by whoever is gone' },
  'intents.agent': { kept: 'what was done to it; all of them are ended, and go with the events of their time' },
  'mailboxes.owner': { kept: 'as long as dead mail of it waits for the operator' },
  'messages.sender': { kept: 'the history of mail, until retention takes the message' },
  'messages.recipient': { kept: 'the history of mail, until retention takes the message' },
  'messages.body': { kept: 'what somebody wrote' },
  'model_calls.agent': { kept: 'money that was spent: totals of the past stay true' },
  'budgets.scope': 'gone',
  'secret_grants.subject': 'gone',
  'spending.agent': { kept: 'money that was spent: totals of the past stay true' },
  'open_connections.agent': 'gone',
  'open_calls.agent': { kept: 'a call under way is money; its gateway tells how it ended' },
  'quotas_reached.agent': 'gone',
  'traffic.agent': 'gone',
  'traffic_counters.agent': 'gone',
  'questions.asker': { kept: 'the history of mail; none is open' },
  'questions.asked': { kept: 'the history of mail; none is open' },
  'reminders.owner': 'gone',
  'reminders.recipient': { kept: 'what others set for it is cancelled, and said to be, until retention takes it' },
  'schedule_runs.owner': 'gone',
  'session_wishes.agent': 'gone',
  'schedules.owner': 'gone',
  'schedules.recipient': { kept: "another's: its owner hears at the next run that nobody is there" },
  'spools.agent': 'gone',
  'subscriptions.agent': 'gone',
  'talks.a': 'gone',
  'talks.state': 'gone',
  'topics.created_by': { kept: 'the topic is used by others' },
  'turn_days.agent': { kept: 'the history of turns: sums of the past stay true' },
  'turn_stats.agent': { kept: 'the history of turns, until retention takes it' },
  'turns.agent': { kept: 'the history of turns' },
  'uploads.owner': 'gone',
};
/** Tables that name no agent; a new table belongs in one of the two lists. */
const NAMELESS = [
  'meta',
  'sign_in_links',
  'sessions',
  'turn_deliveries',
  'threads',
  'blobs',
  'attachments',
  'paused_chains',
  'budget_windows',
  'providers',
  'projects',
];

type Hive = Awaited<ReturnType<typeof openTestFleet>>;

const tablesOf = ({ db }: Hive) =>
  db
    .prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'message_words%'",
    )
    .pluck()
    .all() as string[];

/** Every column of every table that contains the name: alone, or as a word of a text or of JSON. */
function columnsWith({ db }: Hive, tables: readonly string[], name: string): string[] {
  const found: string[] = [];
  for (const table of tables)
    for (const column of db.prepare('SELECT name FROM pragma_table_info(?)').pluck().all(table) as string[])
      if (db.prepare(`SELECT 1 FROM "${table}" WHERE instr("${column}", ?) LIMIT 1`).get(name) !== undefined)
        found.push(`${table}.${column}`);
  return found.toSorted();
}

/**
 * Gives the agent one of everything that a hive stores for agents, through the hive's own operations where a test has
 * them.
 */
async function giveOneOfEverything(hive: Hive): Promise<void> {
  const { broker, writer, db, clock } = hive;
  const send = (from: AgentName | typeof OPERATOR, to: string, more: object = {}) =>
    broker.send(from, { to, body: 'hello', ...more });
  await hive.create(LEAVER);
  await hive.create('child');
  db.prepare('UPDATE agents SET parent = ? WHERE name = ?').run(LEAVER, 'child');
  const harness = await hive.boot(LEAVER);
  await send(OPERATOR, LEAVER);
  const turn = await harness.wake();
  if (turn === null) throw new Error('no turn was offered');
  await send(LEAVER, 'scout', { kind: 'question', choices: ['yes', 'no'] });
  await harness.finish(turn, 'done');
  await send(scout, LEAVER, { kind: 'question' });
  await send(scout, LEAVER, { body: `${LEAVER}, are you there?` });
  await writer.write((tx) => {
    const at = clock();
    insertUpload(tx.db, { hash: 'ab'.repeat(32), bytes: 1, owner: LEAVER, at });
    insertIntent(tx.db, { kind: 'rebuild', agent: LEAVER, data: { generation: 2 }, at });
    insertIntent(tx.db, { kind: 'rebuild_all', agent: null, data: { waiting: [LEAVER] }, at });
    tx.db.exec(`
      INSERT INTO spools (agent, boot_id, acked) VALUES ('leaver', 'b', 1);
      INSERT INTO budgets (scope, unit, per, amount, created_at)
        VALUES ('leaver', 'usd', 'day', 1, 1), ('subtree:leaver', 'usd', 'day', 1, 1);
      INSERT INTO spending VALUES (0, 'leaver', 'worker', 'web', 'anthropic', 'm', 1, 0, 1, 1, 0, 0, 1, 0);
      INSERT INTO agent_sessions (agent, id, driver, first_at, last_at) VALUES ('leaver', 's', 'claude', 1, 1);
      INSERT INTO session_wishes VALUES ('leaver', 'fresh', NULL, 1);
      INSERT INTO turn_days SELECT '2026-11-27', 'leaver', 1, 1, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0.1;
      INSERT INTO topics (name, created_by, created_at) VALUES ('news', 'leaver', 1);
      INSERT INTO subscriptions (topic, agent) VALUES ('news', 'leaver'), ('news', 'scout');
      INSERT INTO reminders (owner, recipient, due_at, body, state, created_at)
        VALUES ('leaver', 'leaver', 9e15, 'own', 'standing', 1), ('operator', 'leaver', 9e15, 'of another', 'standing', 1);
      INSERT INTO schedules (owner, recipient, action, body, cron, time_zone, misfire, window_ms, jitter_ms, created_at)
        VALUES ('leaver', 'scout', 'message', 'own', '* * * * *', 'UTC', 'skip', 0, 0, 1),
               ('operator', 'leaver', 'message', 'of another', '* * * * *', 'UTC', 'skip', 0, 0, 1);
      INSERT INTO schedule_runs (schedule_id, due_at, owner) VALUES (1, 1, 'leaver');
      INSERT INTO secret_grants (secret, subject, at) VALUES ('DEPLOY', 'leaver', 1);
      INSERT INTO egress_rules (subject, target, verdict, term, created_at) VALUES ('leaver', 'npm', 'allow', 'always', 1);
      INSERT INTO egress_injections (subject, host, port, secret, header, scheme, created_at)
        VALUES ('leaver', 'a.test', 443, 'DEPLOY', 'authorization', 'bearer', 1);
      INSERT INTO egress_quotas (subject, per, bytes, created_at) VALUES ('leaver', 'day', 1000, 1);
      INSERT INTO traffic (agent, slot, bytes) VALUES ('leaver', 0, 1);
      INSERT INTO traffic_counters (agent, instance, bytes, at) VALUES ('leaver', 'i', 1, 1);
      INSERT INTO quotas_reached (agent, per, window_start, bytes) VALUES ('leaver', 'day', 0, 1000);
      INSERT INTO approvals (agent, host, port, kind, created_at) VALUES ('leaver', 'a.test', 443, 'tunnel', 1);
      INSERT INTO connections (report_id, agent, kind, host, port, method, verdict, bytes_up, bytes_down, started_at,
        ended_at, count) VALUES ('c', 'leaver', 'tunnel', 'a.test', 443, 'CONNECT', 'allowed', 1, 1, 1, 1, 1);
      INSERT INTO open_connections (report_id, instance, agent, kind, host, port, method, started_at)
        VALUES ('d', 'i', 'leaver', 'tunnel', 'a.test', 443, 'CONNECT', 1);
      INSERT INTO open_calls (id, instance, agent, provider, started_at, role, above)
        VALUES ('o', 'i', 'leaver', 'demo', 1, 'worker', '["manager"]');
      INSERT INTO model_calls (id, agent, provider, model, started_at, ended_at, status, input_tokens, output_tokens,
        cache_read_tokens, cache_write_tokens, cost_usd) VALUES ('c', 'leaver', 'demo', 'm', 1, 1, 200, 1, 1, 0, 0, 0.1);
    `);
  });
}

test('an agent that owned one of everything is only in rows about the past, and has no file, socket or box', async () => {
  const hive = await openTestFleet();
  onTestFinished(() => hive.close());
  await giveOneOfEverything(hive);
  const { db, places } = hive;
  const tables = tablesOf(hive);
  expect(columnsWith(hive, tables, LEAVER)).toEqual(Object.keys(NAMED).toSorted());
  const decided = new Set([...NAMELESS, ...Object.keys(NAMED).map((column) => column.split('.')[0])]);
  expect(tables.filter((table) => !decided.has(table))).toEqual([]);

  const own = agentPlaces(places.node, LEAVER);
  await writeFile(join(own.state, 'note'), 'x');
  await mkdir(join(places.node.shared, 'kept'));
  const socket = createServer().listen(join(own.hivedDir, 'agent.sock'));
  onTestFinished(() => void socket.close());
  await hive.fleet.keepers.reconcileAll();
  expect((await hive.runtime.list()).filter(({ agent }) => agent === LEAVER)).toHaveLength(1);

  await destroyAgent(hive.destroy, LEAVER, LEAVER);
  const left = columnsWith(hive, tables, LEAVER);
  expect(left.filter((column) => NAMED[column] === 'gone')).toEqual([]);
  const count = (sql: string) => db.prepare(sql).pluck().get(LEAVER);
  expect(count('SELECT COUNT(*) FROM intents WHERE agent = ? AND ended_at IS NULL')).toBe(0);
  expect(count("SELECT COUNT(*) FROM questions WHERE ? IN (asker, asked) AND state = 'open'")).toBe(0);
  expect(count("SELECT COUNT(*) FROM reminders WHERE recipient = ? AND state = 'standing'")).toBe(0);
  expect(count("SELECT COUNT(*) FROM deliveries WHERE recipient = ? AND state IN ('queued', 'leased')")).toBe(0);
  expect(count('SELECT COUNT(*) FROM turns WHERE agent = ? AND ended_at IS NULL')).toBe(0);
  expect(db.prepare("SELECT parent FROM agents WHERE name = 'child'").pluck().get()).toBe(MANAGER);

  for (const dir of [places.root, places.run]) {
    const paths = await readdir(dir, { recursive: true });
    expect(paths.filter((path) => path.includes(LEAVER))).toEqual([]);
  }
  expect(await readdir(places.node.trash)).toEqual([]);
  // The kernel keeps the name of a socket with a listener; this test's own sockets are closed by their opener.
  expect((await hive.runtime.list()).filter(({ agent }) => agent === LEAVER)).toEqual([]);

  // A new agent of the same name inherits nothing but the dead mail that waits for the operator.
  const heir = await hive.create(LEAVER);
  expect(heir).toMatchObject({ queued: 0, leased: 0, turns: 0, sessionId: null, usage: { inputTokens: 0 } });
});

test('the mailbox of an agent that is gone is deleted with its last dead mail', async () => {
  const hive = await openTestFleet();
  onTestFinished(() => hive.close());
  await hive.create(LEAVER);
  await hive.broker.send(OPERATOR, { to: LEAVER, body: 'hello' });
  await destroyAgent(hive.destroy, LEAVER, LEAVER);
  const mailbox = () => hive.db.prepare('SELECT dead FROM mailboxes WHERE owner = ?').pluck().get(LEAVER);
  expect(mailbox()).toBe(1);
  const rules = { messages_days: 0, notices_days: 0, transcript_days: 0, events_days: 0 };
  const prune = () => prunerOf(hive, rules).prune(hive.clock(), 10);
  await prune();
  expect(mailbox()).toBe(1);
  await hive.broker.drop({ agent: LEAVER });
  expect(await prune()).toEqual({ deleted: 1, more: false });
  expect(mailbox()).toBeUndefined();
  expect(hive.db.prepare('SELECT COUNT(*) FROM mailboxes WHERE owner = ?').pluck().get(OPERATOR)).toBe(1);
});
