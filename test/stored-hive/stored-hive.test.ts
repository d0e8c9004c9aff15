import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HiveError } from '../../protocol/errors.ts';
import { agentName } from '../../protocol/names.ts';
import { findBrokenBooks } from '../support/books.ts';
import { openTestHive, type TestHive } from '../support/test-hive.ts';
import {
  ATTACHMENT,
  fillHive,
  packHive,
  readAnswers,
  SCOUT_FILE,
  STORED_KEY,
  type StoredAnswers,
  unpackHive,
} from './make-hive.ts';

/**
 * A hive that an older build made and stopped is opened by this build: nothing is lost, and its agents continue. The
 * archive is the root as that build left it. Before a change of the stored data, the previous build makes it anew:
 * `HIVE_STORE_HIVE=1 node bin/test.mjs test/stored-hive`.
 */
const archive = join(import.meta.dirname, 'root.tar.xz');
const AGENTS = ['manager', 'scout', 'coder'];

if (process.env['HIVE_STORE_HIVE'] !== undefined) storeHive();
else openStoredHive();

function storeHive(): void {
  test('stores a hive that holds one of everything', { timeout: 600_000 }, async () => {
    const hive = await openTestHive({ agents: AGENTS });
    try {
      await hive.start();
      await hive.allIdle();
      await fillHive(hive);
      const answers = await readAnswers(hive);
      const ended = hive.until(async () => hive.hived().exitCode !== null, 'hived to end');
      await hive.admin.call('shutdown', { boxes: true });
      await ended;
      await packHive(hive, { answers, archive });
    } finally {
      await hive.close();
    }
  });
}

function openStoredHive(): void {
  let hive: TestHive;
  let before: StoredAnswers;
  let after: StoredAnswers;
  beforeAll(async () => {
    hive = await openTestHive({
      agents: AGENTS,
      async fillRoot(root) {
        before = await unpackHive(archive, root);
      },
    });
    await hive.start();
    after = await readAnswers(hive);
  });
  afterAll(() => hive.close());

  const agent = (name: string) => agentName.parse(name);
  const receipt = async (id: number) => (await hive.admin.call('getMessage', { id })).message.receipts[0]?.state;
  const handled = (id: number) => hive.until(async () => (await receipt(id)) === 'done', `message ${id} to be handled`);

  test('its contents are there: agents, messages, threads, questions, topics, schedules, archives, turns', () => {
    expect(after.hiveId).toBe(before.hiveId);
    expect(after.agents).toMatchObject(before.agents);
    const settled = before.messages.filter(({ receipts }) => receipts.every(({ endedAt }) => endedAt !== null));
    expect(settled.length).toBeGreaterThan(10);
    for (const message of settled) expect(after.messages).toContainEqual(expect.objectContaining(message));
    for (const { id, body } of before.messages)
      expect(after.messages).toContainEqual(expect.objectContaining({ id, body }));
    expect(after.threads.map(({ id }) => id)).toEqual(expect.arrayContaining(before.threads.map(({ id }) => id)));
    expect(after.questions).toMatchObject(before.questions);
    expect(after.dead).toMatchObject(before.dead);
    expect(after.topics).toMatchObject(before.topics);
    expect(after.schedules).toMatchObject(before.schedules.map(({ id, cron, body, to }) => ({ id, cron, body, to })));
    expect(after.archives).toMatchObject(before.archives);
    expect(after.turns).toEqual(expect.arrayContaining(before.turns.map((turn) => expect.objectContaining(turn))));
  });

  test('the event log continues where it ended; its events are read as they were written', () => {
    expect(after.events.slice(0, before.events.length)).toMatchObject(before.events);
    const next = after.events[before.events.length];
    expect(next?.seq).toBeGreaterThan(before.events.at(-1)?.seq ?? 0);
  });

  test('the key of the provider is kept, and can be removed', async () => {
    const keyOf = async () =>
      (await hive.admin.call('listProviders', {})).providers.find(({ name }) => name === 'anthropic');
    expect(await keyOf()).toMatchObject({ hasKey: true, active: true });
    expect(JSON.stringify(after)).not.toContain(STORED_KEY);
    expect(await hive.hivectl(['provider', 'remove', 'anthropic', '--demo'])).toMatchObject({ code: 0 });
    expect(await keyOf()).toMatchObject({ hasKey: false, active: false });
    // A CLI that started with the key retries its provider by itself, at growing intervals; its mail is delivered
    // again.
    for (const { name } of before.agents)
      await hive.admin.call('interruptAgent', { name: agent(name) }).catch((error: unknown) => {
        if (!(error instanceof HiveError) || error.code !== 'wrong_state') throw error;
      });
  });

  test('the reminder that fell due meanwhile fires, and its agent receives it', async () => {
    const fired = await hive.event(
      ({ kind, seq }) => kind === 'reminder.fired' && seq > (before.events.at(-1)?.seq ?? 0),
    );
    expect(fired.agent).toBe('scout');
    await handled(Number(fired.data['message']));
  });

  test('an answer given now reaches the agent that asked then, and the waiting mail is handled', async () => {
    const waiting = before.messages.find(({ body }) => body.startsWith('waits for you'));
    const [open] = before.questions.filter(({ state }) => state === 'open');
    expect(await receipt(waiting!.id)).toBe('queued');
    const { question } = await hive.admin.call('answerQuestion', { id: open!.id, body: 'north' });
    await hive.admin.call('startAgent', { name: agent('coder') });
    await handled(waiting!.id);
    await handled(question.answer!.id);
  });

  test('a session continues: its earlier messages are in the context of the next turn', async () => {
    const isOld = (seq: number) => seq <= (before.events.at(-1)?.seq ?? 0);
    const started = (await hive.events('cli.started')).filter((one) => one.agent === 'scout');
    const [then, now] = [started.findLast(({ seq }) => isOld(seq)), started.find(({ seq }) => !isOld(seq))];
    expect(now?.data['sessionId']).toBe(then?.data['sessionId']);
    expect(now?.data['sessionId']).toEqual(expect.any(String));
    expect(await hive.events('conversation.dropped')).toEqual([]);
  });

  test('files are where they were: of an agent, attached to a message, pushed to the forge, found by search', async () => {
    expect((await hive.inBox('scout', ['cat', `/agents/scout/state/${SCOUT_FILE}`])).output).toContain('the plan');
    const { hits } = await hive.admin.call('searchMessages', { query: 'October' });
    const { data } = await hive.admin.call('download', { message: hits[0]!.id, name: ATTACHMENT.name });
    expect(Buffer.from(data, 'base64').toString()).toBe(ATTACHMENT.text);
    const clone = join(hive.root, 'clone');
    expect(await hive.hivectl(['forge', 'git', 'clone', '-q', 'hive:scout/ferry', clone])).toMatchObject({ code: 0 });
    expect(existsSync(join(clone, 'README'))).toBe(true);
  });

  test('the archive of a destroyed agent can be restored', async () => {
    const [archived] = before.archives;
    const { agent: restored } = await hive.admin.call('restoreAgent', { archive: archived!.archive });
    expect(restored).toMatchObject({ name: 'gone', parent: 'manager' });
  });

  test('its books are consistent', async () => {
    await hive.allIdle();
    expect(findBrokenBooks(join(hive.root, 'hive.db'))).toEqual([]);
  });
}
