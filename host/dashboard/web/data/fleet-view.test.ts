import { expect, test } from 'vitest';
import type { AgentState, AgentView } from '../../../../protocol/schemas/agent.ts';
import { chooseFleet, countStates, readFleetQuery, writeFleetQuery } from './fleet-view.ts';
import { orderByState, STATE_ORDER } from './order-fleet.ts';

const agent = (name: string, state: AgentState, given: Partial<AgentView> = {}) =>
  ({
    name,
    state,
    parent: name === 'manager' ? null : 'manager',
    spec: { role: `role of ${name}` },
    usage: { costUsd: 0, unpricedCalls: 0 },
    queued: 0,
    leased: 0,
    dead: 0,
    ...given,
  }) as unknown as AgentView;

const usage = (costUsd: number, unpricedCalls = 0) => ({ costUsd, unpricedCalls }) as AgentView['usage'];
const fleet = [
  agent('manager', 'working', { usage: usage(2), queued: 4 }),
  agent('zoe', 'failed', { dead: 1 }),
  agent('adam', 'stopped', { usage: usage(0, 3) }),
  agent('bert', 'idle', { usage: usage(7), leased: 1 }),
];
const namesOf = (search: string) =>
  chooseFleet(fleet, readFleetQuery(new URLSearchParams(search))).map((placed) => placed.agent.name as string);

test('the fleet is filtered by state, by name or role, and sorted', () => {
  expect(namesOf('')).toEqual(['manager', 'adam', 'bert', 'zoe']);
  expect(namesOf('sort=name')).toEqual(['adam', 'bert', 'manager', 'zoe']);
  expect(namesOf('sort=state')).toEqual(['zoe', 'manager', 'bert', 'adam']);
  expect(namesOf('sort=cost')).toEqual(['bert', 'manager', 'adam', 'zoe']);
  expect(namesOf('sort=mail')).toEqual(['zoe', 'manager', 'bert', 'adam']);
  expect(namesOf('state=care')).toEqual(['zoe']);
  expect(namesOf('state=idle&name=ROLE+OF+b')).toEqual(['bert']);
  expect(namesOf('state=idle&name=zoe')).toEqual([]);
});

test('invalid filters in the address are ignored; valid ones survive a round trip', () => {
  expect(namesOf('state=asleep&sort=toString')).toHaveLength(4);
  const query = { state: 'failed', text: 'z o&e', sort: 'mail' } as const;
  expect(readFleetQuery(new URLSearchParams(writeFleetQuery(query)))).toEqual(query);
  expect(writeFleetQuery(readFleetQuery(new URLSearchParams('state=asleep')))).toEqual({});
});

test('states are counted, failures first', () => {
  expect(countStates(fleet)).toEqual([
    { state: 'failed', count: 1 },
    { state: 'working', count: 1 },
    { state: 'idle', count: 1 },
    { state: 'stopped', count: 1 },
  ]);
});

test('the sidebar order knows every state and keeps a held order, with new agents at the end', () => {
  expect(new Set(STATE_ORDER).size).toBe(18);
  expect(orderByState(fleet, null).map(({ name }) => name as string)).toEqual(['zoe', 'manager', 'bert', 'adam']);
  expect(orderByState(fleet, ['bert', 'zoe']).map(({ name }) => name as string)).toEqual([
    'bert',
    'zoe',
    'manager',
    'adam',
  ]);
});
