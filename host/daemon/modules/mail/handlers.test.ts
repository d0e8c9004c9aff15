import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import { agentMail } from '../../../../protocol/operations/agent-mail.ts';
import type { CallContext } from '../../../../wire/routes.ts';
import { openBlobStore } from '../files/blob-store.ts';
import { createFiles, type Files } from '../files/keep-files.ts';
import { createSearchIndex } from '../search/index-search.ts';
import { openTestHive, type TestHive } from '../../testing/open-test-hive.ts';
import type { AudienceHandlers } from '../../core/module.ts';
import { handleFiles } from '../files/handlers.ts';
import { handleQuestions } from '../questions/handlers.ts';
import { handleSearch } from '../search/handlers.ts';
import { handleTopics } from '../topics/handlers.ts';
import { handleTurns } from '../turns/handlers.ts';
import { absent, NO_SECRETS } from '../../testing/list-test-modules.ts';
import { receiptsFor } from '../../testing/receipts.ts';
import { handleMail } from './handlers.ts';

let hive: TestHive;
let agents: Pick<AudienceHandlers['agent'], keyof ReturnType<typeof handleAll>['agents']>;
let operators: Pick<AudienceHandlers['operator'], keyof ReturnType<typeof handleAll>['operators']>;
beforeEach(async () => {
  hive = openTestHive();
  const blobs = await openBlobStore(join(hive.dir, 'blobs'));
  const files = createFiles({ ...hive, blobs }, { maxBytes: 1_000, maxTotalBytes: 100_000 });
  ({ agents, operators } = handleAll(files));
});
afterEach(() => hive.close());

/** The handlers of every module that serves mail operations. */
function handleAll(files: Files) {
  const [mail, turns] = [handleMail({ ...hive, redact: NO_SECRETS }), handleTurns({ ...hive, fleet: absent() })];
  const [search, topics] = [handleSearch({ ...hive, search: createSearchIndex(hive) }), handleTopics(hive)];
  const [questions, blobs] = [handleQuestions(hive), handleFiles({ files })];
  return {
    agents: { ...mail.agent, ...turns.agent, ...search.agent, ...topics.agent, ...blobs.agent },
    operators: {
      ...mail.operator,
      ...turns.operator,
      ...search.operator,
      ...topics.operator,
      ...questions.operator,
      ...blobs.operator,
    },
  };
}

const as = (name: string): CallContext<AgentName> => ({
  caller: name as AgentName,
  signal: new AbortController().signal,
  lastEventId: null,
});
const operator: CallContext<'hivectl'> = { caller: 'hivectl', signal: new AbortController().signal, lastEventId: null };

const say = (from: string, to: string, body: string) =>
  hive.broker.send(from as AgentName, { to: to as AgentName, body });
const receipts = async (name: string, id: number) => (await agents.receipts({ id }, as(name))).receipts;
const threadOf = (name: string, id: number) => agents.thread(agentMail.thread.input.parse({ id }), as(name));
const find = async (name: string, query: string) =>
  (await agents.search(agentMail.search.input.parse({ query }), as(name))).hits.map((hit) => hit.id);
const refusal = (code: string) => expect.objectContaining({ code }) as Error;

describe('an agent', () => {
  test('asks whether its message was read, and follows it from stored to handled', async () => {
    const { id } = await say('manager', 'scout', 'walrus');
    expect(await receipts('manager', id)).toMatchObject([
      { recipient: 'scout', state: 'queued', storedAt: hive.time.now, wokenAt: null, leasedAt: null },
    ]);
    const harness = await hive.boot('scout');
    const turn = (await harness.wake())!;
    expect(await receipts('manager', id)).toMatchObject([
      { state: 'leased', turn: turn.turn, wokenAt: hive.time.now, leasedAt: hive.time.now, inContextAt: null },
    ]);
    hive.time.now += 10;
    const taken = { seq: 1, kind: 'delivery.in_context', at: hive.time.now, data: { turn: turn.turn, messages: [id] } };
    await hive.broker.spool('scout' as AgentName, { bootId: harness.bootId, events: [taken as never] });
    expect(await receipts('manager', id)).toMatchObject([{ state: 'leased', inContextAt: hive.time.now }]);
    hive.time.now += 10;
    await harness.finish(turn, 'done');
    expect(await receipts('scout', id)).toMatchObject([{ state: 'done', endedAt: hive.time.now, attempts: 1 }]);
  });

  test('sees what it sent or received, and gets the same answer for messages of others as for missing ones', async () => {
    const { id } = await say('manager', 'scout', 'walrus');
    for (const read of [receipts, threadOf]) {
      await read('scout', id);
      await expect(async () => read('coder', id)).rejects.toThrow(refusal('unknown_message'));
      await expect(async () => read('coder', 999)).rejects.toThrow(refusal('unknown_message'));
    }
    expect([await find('manager', 'walrus'), await find('scout', 'walrus'), await find('coder', 'walrus')]).toEqual([
      [id],
      [id],
      [],
    ]);
  });

  test('sees nothing older than itself, though an earlier agent had its name', async () => {
    const { id } = await say('manager', 'scout', 'walrus');
    hive.db.prepare("DELETE FROM agents WHERE name = 'scout'").run();
    hive.time.now += 1;
    hive.addAgent('scout');
    expect(await find('scout', 'walrus')).toEqual([]);
    await expect(async () => receipts('scout', id)).rejects.toThrow(refusal('unknown_message'));
  });
});

describe('the operator', () => {
  test('exports every message once with its receipts, page by page, oldest first', async () => {
    const sent: number[] = [];
    for (let n = 0; n < 7; n += 1) sent.push((await say(n % 2 === 0 ? 'manager' : 'coder', 'scout', `n ${n}`)).id);
    for (const [of, expected] of [
      [undefined, sent],
      ['coder', sent.filter((_, n) => n % 2 === 1)],
    ] as const) {
      const got: number[] = [];
      for (let after: number | null = 0; after !== null;) {
        const page = await operators.exportMessages({ after, limit: 3, ...(of === undefined ? {} : { of }) }, operator);
        for (const message of page.messages) expect(message.receipts).toMatchObject([{ recipient: 'scout' }]);
        got.push(...page.messages.map((message) => message.id));
        after = page.next;
      }
      expect(got).toEqual(expected);
    }
  });
});

describe('words of the operator for a running turn', () => {
  const inject = (name: string, text: string) =>
    operators.inject({ name: name as AgentName, text }, { ...as('operator'), caller: 'hivectl' } as never);

  test('are said into it, also when the agent is paused, and are handled with it', async () => {
    const harness = await hive.boot('scout');
    await hive.broker.send('operator', { to: 'scout', body: 'work' });
    const turn = (await harness.wake())!;
    await hive.turns.hold('scout' as AgentName, { kind: 'paused', by: 'hivectl', reason: null });
    const said = await inject('scout', 'leave the tests alone');
    expect(said).toEqual({ message: said.message, turn: turn.turn, into: 'running_turn' });
    const known = turn.deliveries.map(({ delivery }) => delivery);
    const ask = { bootId: harness.bootId, turn: turn.turn, fence: turn.fence, waitMs: 0, known };
    const { messages } = await hive.broker.urgent('scout' as AgentName, ask, new AbortController().signal);
    expect(messages).toMatchObject([{ id: said.message, from: 'operator', body: 'leave the tests alone' }]);
    await harness.finish(turn, 'done');
    expect(receiptsFor(hive, said.message)).toMatchObject([{ state: 'done', turn: turn.turn }]);
  });

  test('begin a turn when none runs, or wait while the agent is held', async () => {
    await hive.boot('scout');
    expect(await inject('scout', 'hello')).toMatchObject({ turn: null, into: 'next_turn' });
    await hive.turns.hold('scout' as AgentName, { kind: 'paused', by: 'hivectl', reason: null });
    expect(await inject('scout', 'hello')).toMatchObject({ into: 'waits', waiting: { state: 'held' } });
    await expect(inject('nobody', 'hello')).rejects.toMatchObject({ code: 'unknown_agent' });
  });
});
