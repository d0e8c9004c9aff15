import { QueryClient } from '@tanstack/react-query';
import { expect, test } from 'vitest';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import type { HiveEvent } from '../../../../protocol/schemas/event.ts';
import { createFleetRefresh, FLEET_KEY, type FleetList, patchFleet } from './refresh-fleet.ts';

const view = (name: string, queued = 0) => ({ name, queued }) as AgentView;
const list = (lastSeq: number, ...agents: AgentView[]): FleetList => ({ agents, lastSeq });
const event = (kind: HiveEvent['kind'], agent: string | null, data: Record<string, unknown> = {}) =>
  ({ seq: 1, at: 1, kind, agent, data }) as HiveEvent;

/** A page that holds three agents, and a hive that answers when the test lets it. */
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

test('only the agents that events concern are asked for, and only their entries change', async () => {
  const page = open();
  const before = page.held()!.agents;
  page.refresh.applyEvents([event('turn.tool_call', 'b'), event('turn.text', 'b')]);
  expect(page.asked).toEqual(['b']);
  await page.answer(list(12, view('b', 3)));
  expect(page.held()).toEqual(list(12, view('a'), view('b', 3), view('c')));
  expect(page.held()!.agents[0]).toBe(before[0]);
  expect(page.isWhole()).toBe(false);
});

test('a message concerns its sender and its recipients, the operator’s reading nobody', () => {
  const page = open();
  page.refresh.applyEvents([event('delivery.read', null, { messages: [1] })]);
  expect(page.asked).toEqual([]);
  page.refresh.applyEvents([event('message.sent', 'a', { recipients: ['c', 'operator'] })]);
  expect(page.asked).toEqual(['a,c']);
});

test('what changes while an answer is under way is asked for after it, together', async () => {
  const page = open();
  page.refresh.applyEvents([event('turn.text', 'a')]);
  page.refresh.applyEvents([event('turn.text', 'b')]);
  page.refresh.applyEvents([event('turn.text', 'c')]);
  expect(page.asked).toEqual(['a']);
  await page.answer(list(11, view('a', 1)));
  expect(page.asked).toEqual(['a', 'b,c']);
});

test.each([
  ['an agent comes', [event('agent.created', 'd')]],
  ['an agent goes', [event('agent.destroyed', 'a')]],
  ['something concerns everybody', [event('engine.lost', null)]],
  ['more than twenty agents changed', Array.from({ length: 21 }, (_, n) => event('turn.text', `n${n}`))],
])('the whole list is asked for when %s', (_what, batch) => {
  const page = open();
  page.refresh.applyEvents(batch);
  expect(page.asked).toEqual([]);
  expect(page.isWhole()).toBe(true);
});

test('and when an answer fails or shows other members, and twice a minute, because states change by the clock too', async () => {
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

test('an answer older than the list changes nothing', () => {
  const held = list(20, view('a', 5));
  expect(patchFleet(held, { answer: list(19, view('a', 4)), names: new Set(['a']) })).toBe(held);
});
