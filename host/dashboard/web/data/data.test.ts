import { expect, test } from 'vitest';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import { formatAgo, formatBytes, formatCost, formatCount, formatDuration } from './format.ts';
import { orderFleet } from './order-fleet.ts';

test('the fleet is listed as a tree; orphans and cycles are kept', () => {
  const agent = (name: string, parent: string | null) => ({ name, parent }) as AgentView;
  const placed = orderFleet([
    agent('b', 'manager'),
    agent('x', 'y'),
    agent('y', 'x'),
    agent('a', 'manager'),
    agent('c', 'a'),
    agent('manager', null),
    agent('o', 'gone'),
  ]);
  expect(placed.map(({ agent, depth }) => `${depth}${agent.name}`)).toEqual([
    '0manager',
    '1a',
    '2c',
    '1b',
    '0o',
    '0x',
    '1y',
  ]);
});

test('costs, counts, durations, ages and sizes are formatted for reading', () => {
  const cost = (costUsd: number | null, unpricedCalls = 0) => formatCost({ costUsd, unpricedCalls });
  expect([cost(null, 1), cost(0), cost(0.004), cost(3.175), cost(1.9, 2), cost(0.004, 1)]).toEqual([
    'price unknown',
    '$0.00',
    '< $0.01',
    '$3.17',
    '≥ $1.90, 2 unpriced',
    '> $0.00, 1 unpriced',
  ]);
  expect([formatCount(9_999), formatCount(1_234_567)]).toEqual(['9,999', '1.2M']);
  expect([400, 42_000, 200_000, 7_500_000, 273_600_000].map(formatDuration)).toEqual([
    '0.4 s',
    '42 s',
    '3 m 20 s',
    '2 h 5 m',
    '3 d 4 h',
  ]);
  expect([formatAgo(1000, 2000), formatAgo(0, 200_000), formatAgo(0, 100_000_000)]).toEqual([
    'now',
    '3 min ago',
    '1 d ago',
  ]);
  expect([formatBytes(90), formatBytes(4_812_000)]).toEqual(['90 B', '4.6 MB']);
});
