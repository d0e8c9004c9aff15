import { QueryClient } from '@tanstack/react-query';
import { expect, test } from 'vitest';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import type { HiveEvent } from '../../../../protocol/schemas/event.ts';
import { createFleetRefresh, FLEET_KEY, type FleetList, patchFleet } from './refresh-fleet.ts';

const view = (name: string, queued = 0) => ({ name, queued }) as AgentView;
const list = (lastSeq: number, ...agents: AgentView[]): FleetList => ({ agents, lastSeq });
const event = (kind: HiveEvent['kind'], agent: string | null, data: Record<string, unknown> = {}) =>
  ({ seq: 1, at: 1, kind, agent, data }) as HiveEvent;

/** A query cache with three agents, and a hive that answers when the test calls `answer`. */
function open() {
  const queries = new QueryClient();
  let time = 0;
  const asked: string[] = [];
  const answers: ((answer: FleetList | null) => void)[] = [];
  queries.setQueryData(FLEET_KEY, list(10, view('a'), view('b'), view('c')));
  const refresh = createFleetRefresh(queries, {
    now: () => time,
    ask: (names) =>
      new Promise((resolve, reject) => {
        asked.push(names);
        answers.push((answer) => (answer === null ? reject(new Error('away')) : resolve(answer)));
      }),
  });
  return {
    refresh,
    asked,
    async answer(answer: FleetList | null) {
      answers.shift()?.(answer);
      await new Promise((resolve) => setImmediate(resolve));
    },
    pass: (ms: number) => void (time += ms),
    held: () => queries.getQueryData<FleetList>(FLEET_KEY),
    isWhole: () => queries.getQueryState(FLEET_KEY)?.isInvalidated === true,
  };
}

test('events refetch only the agents that they concern, and only those entries change', async () => {
  const page = open();
  const before = page.held()!.agents;
  page.refresh.applyEvents([event('turn.tool_call', 'b'), event('turn.text', 'b')]);
  expect(page.asked).toEqual(['b']);
  await page.answer(list(12, view('b', 3)));
  expect(page.held()).toEqual(list(12, view('a'), view('b', 3), view('c')));
  expect(page.held()!.agents[0]).toBe(before[0]);
  expect(page.isWhole()).toBe(false);
});

test('a message refetches its sender and its recipients; a message read by the operator refetches no agent', () => {
  const page = open();
  page.refresh.applyEvents([event('delivery.read', null, { messages: [1] })]);
  expect(page.asked).toEqual([]);
  page.refresh.applyEvents([event('message.sent', 'a', { recipients: ['c', 'operator'] })]);
  expect(page.asked).toEqual(['a,c']);
});

test('changes during a request are fetched after it in one batch', async () => {
  const page = open();
  page.refresh.applyEvents([event('turn.text', 'a')]);
  page.refresh.applyEvents([event('turn.text', 'b')]);
  page.refresh.applyEvents([event('turn.text', 'c')]);
  expect(page.asked).toEqual(['a']);
  await page.answer(list(11, view('a', 1)));
  expect(page.asked).toEqual(['a', 'b,c']);
});

test.each([
  ['an agent is created', [event('agent.created', 'd')]],
  ['an agent is destroyed', [event('agent.destroyed', 'a')]],
  ['an event concerns all agents', [event('engine.lost', null)]],
  ['more than twenty agents changed', Array.from({ length: 21 }, (_, n) => event('turn.text', `n${n}`))],
])('the whole list is refetched when %s', (_what, batch) => {
  const page = open();
  page.refresh.applyEvents(batch);
  expect(page.asked).toEqual([]);
  expect(page.isWhole()).toBe(true);
});

test('the whole list is refetched after an error, after a change of members, and every 30 seconds', async () => {
  const failed = open();
  failed.refresh.applyEvents([event('turn.text', 'a')]);
  await failed.answer(null);
  expect(failed.isWhole()).toBe(true);

  const gone = open();
  gone.refresh.applyEvents([event('turn.text', 'a')]);
  await gone.answer(list(12));
  expect(gone.isWhole()).toBe(true);

  const old = open();
  old.pass(30_000);
  old.refresh.applyEvents([event('turn.text', 'a')]);
  expect(old.asked).toEqual([]);
  expect(old.isWhole()).toBe(true);
});

test('a response older than the list is ignored', () => {
  const held = list(20, view('a', 5));
  expect(patchFleet(held, { answer: list(19, view('a', 4)), names: new Set(['a']) })).toBe(held);
});
