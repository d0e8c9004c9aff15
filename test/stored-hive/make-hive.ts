import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { type AgentName, agentName, topicName } from '../../protocol/names.ts';
import type { TestHive } from '../support/test-hive.ts';

const run = promisify(execFile);
const MINUTE_S = 60;

/** A file of the agent scout that must exist when a later build opens the hive. */
export const SCOUT_FILE = 'plan.md';
export const ATTACHMENT = { name: 'figures.csv', text: 'month,tokens\n10,4200\n' };
/** Not a real key. It is set last, so that no call is made with it. */
export const STORED_KEY = `sk-ant-api03-${'s'.repeat(80)}`;

const agent = (name: string): AgentName => agentName.parse(name);
const call = (tool: string, input: unknown) => `@${tool} ${JSON.stringify(input)}`;

/** The hive's answers about everything it holds, from the build that stored it. */
export type StoredAnswers = Awaited<ReturnType<typeof readAnswers>>;

/**
 * Fills a hive with one of each kind of stored data: mail in every state, an open and an answered question, topics,
 * timers, a file, a repository, a destroyed agent's archive, a stopped agent, a changed spec, a key.
 */
export async function fillHive(hive: TestHive): Promise<void> {
  const { admin } = hive;
  const send = (to: string, body: string, more: object = {}) => admin.call('send', { to, body, ...more });
  const isDone = async (id: number) =>
    (await admin.call('getMessage', { id })).message.receipts.every(({ state }) => state === 'done');
  const handled = (id: number) => hive.until(() => isDone(id), `message ${id} to be handled`);

  const told = await send('manager', call('send', { to: 'scout', body: 'hello scout, the harbour opens at nine' }));
  await handled(told.id);
  const file = await admin.call('upload', {
    name: ATTACHMENT.name,
    data: Buffer.from(ATTACHMENT.text).toString('base64'),
  });
  await handled(
    (await send('scout', 'the figures of October', { attachments: [file].map(({ name, hash }) => ({ name, hash })) }))
      .id,
  );

  await admin.call('setTopic', { topic: topicName.parse('#builds'), open: true });
  await handled((await send('scout', call('topics', { action: 'subscribe', topic: '#builds' }))).id);
  await handled((await send('#builds', 'build 7 is green')).id);

  const asking = { to: 'operator', kind: 'question', body: 'Which colour for the ferry?', choices: ['red', 'green'] };
  await handled((await send('scout', call('send', asking))).id);
  const { questions } = await admin.call('listQuestions', {});
  await admin.call('answerQuestion', { id: questions[0]!.id, body: 'green' });
  await handled(
    (await send('coder', call('send', { ...asking, body: 'Which harbour?', choices: ['north', 'south'] }))).id,
  );

  await handled((await send('scout', call('remind', { body: 'look at the tide', in_seconds: 2 }))).id);
  await hive.event(({ kind }) => kind === 'reminder.fired');
  await admin.call('createReminder', { to: agent('scout'), body: 'the ferry leaves', in_seconds: 10 * MINUTE_S });
  await admin.call('createSchedule', {
    to: agent('scout'),
    cron: '0 9 * * 1',
    time_zone: 'Europe/Berlin',
    body: 'weekly report',
  });

  await hive.inBox('scout', ['sh', '-ec', `echo "the plan of the harbour" > /agents/scout/state/${SCOUT_FILE}`]);
  await hive.inBox('scout', [
    'sh',
    '-ec',
    'git config --global user.name scout; git config --global user.email scout@hive.local; cd /tmp; git init -q -b main ferry; cd ferry; echo timetable > README; git add .; git commit -qm first; git push -q http://127.0.0.1:7002/scout/ferry.git main',
  ]);
  await hive.event(({ kind }) => kind === 'forge.pushed');

  await admin.call('createAgent', { name: agent('gone'), parent: agent('manager') });
  await hive.allIdle();
  await admin.call('stopAgent', { name: agent('gone') });
  await send('gone', 'this letter dies with its recipient');
  await admin.call('destroyAgent', { name: agent('gone') });

  await admin.call('changeAgent', { name: agent('coder'), spec: { role: 'writes the timetable' } });
  await admin.call('setQuiet', { name: agent('manager'), minutes: 5 });
  await hive.allIdle();
  await admin.call('stopAgent', { name: agent('coder') });
  await send('coder', 'waits for you: the timetable of the ferry');
  await admin.call('setProvider', { provider: 'anthropic', key: STORED_KEY });
}

export async function readAnswers(hive: TestHive) {
  const { admin } = hive;
  const sorted = <T extends { name: string }>(list: readonly T[]) =>
    list.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const { agents } = await admin.call('listAgents', {});
  const { threads } = await admin.call('listThreads', { limit: 1_000 });
  return {
    hiveId: (await admin.call('status', {})).hiveId,
    agents: sorted(agents).map(({ name, parent, generation, desired, spec }) => ({
      name,
      parent,
      generation,
      desired,
      spec,
    })),
    messages: (await admin.call('exportMessages', { after: 0, limit: 1_000 })).messages,
    threads: threads.map(({ id, subject, messages, state }) => ({ id, subject, messages, state })),
    questions: (await admin.call('listQuestions', { of: '*', state: 'all' })).questions,
    dead: (await admin.call('listDead', {})).dead,
    topics: (await admin.call('listTopics', {})).topics,
    reminders: (await admin.call('listReminders', {})).reminders,
    schedules: (await admin.call('listSchedules', {})).schedules,
    archives: (await admin.call('listArchives', {})).archives,
    turns: (await admin.call('listTurns', { name: agent('scout') })).turns,
    events: await hive.events(),
  };
}

/**
 * Packs a stopped hive's root and its answers into one archive, without sockets, logs and files that boxes can
 * recreate.
 */
export async function packHive(hive: TestHive, what: { answers: StoredAnswers; archive: string }): Promise<void> {
  await writeFile(join(hive.root, 'answers.json'), JSON.stringify(what.answers));
  const left = ['./logs', './hive.lock', './reserve'].map((path) => `--exclude=${path}`);
  await run('tar', ['-C', hive.root, '--numeric-owner', '-cJf', what.archive, ...left, '.']);
}

/**
 * Unpacks it with the owners of its files; returns the older build's answers. The hive gets a new id: two hives with
 * one id would fight over their boxes when two suites run on one engine.
 */
export async function unpackHive(archive: string, root: string): Promise<StoredAnswers> {
  await run('tar', ['-C', root, '--numeric-owner', '-xpJf', archive]);
  const file = join(root, 'answers.json');
  const answers = JSON.parse(await readFile(file, 'utf8')) as StoredAnswers;
  await rm(file);
  const hiveId = randomUUID();
  const db = new Database(join(root, 'hive.db'));
  db.prepare("UPDATE meta SET value = ? WHERE key = 'hive.id'").run(hiveId);
  db.close();
  return { ...answers, hiveId };
}
