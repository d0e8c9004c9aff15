import { expect, test } from 'vitest';
import type { AgentName } from '../../../protocol/names.ts';
import type { EgressRecord } from '../../../protocol/schemas/egress.ts';
import { createRefusalMerger } from './merge-refusals.ts';

function record(more: Partial<EgressRecord>): EgressRecord {
  return {
    id: crypto.randomUUID(),
    agent: 'scout' as AgentName,
    kind: 'tunnel',
    host: 'a.test',
    port: 443,
    method: 'CONNECT',
    verdict: 'refused',
    why: 'not_allowed',
    rule: null,
    bytesUp: 0,
    bytesDown: 0,
    startedAt: 1,
    endedAt: 1,
    count: 1,
    ...more,
  };
}

function open() {
  const passed: EgressRecord[] = [];
  let flush = () => {};
  const merger = createRefusalMerger({ pass: (one) => passed.push(one), later: (given) => (flush = given) });
  return { merger, passed, moment: () => flush() };
}

test('repeated refusals are one record with a count; others stay apart', () => {
  const { merger, passed, moment } = open();
  for (let at = 1; at <= 3; at += 1) merger.add(record({ startedAt: at, endedAt: at }));
  merger.add(record({ host: 'b.test' }));
  merger.add(record({ agent: 'coder' as AgentName }));
  expect(passed).toEqual([]);
  moment();
  expect(passed).toMatchObject([
    { agent: 'scout', host: 'a.test', count: 3, startedAt: 1, endedAt: 3 },
    { agent: 'scout', host: 'b.test', count: 1 },
    { agent: 'coder', host: 'a.test', count: 1 },
  ]);
  merger.add(record({}));
  moment();
  expect(passed.at(-1)).toMatchObject({ count: 1 });
});

test('an agent that names ever new hosts makes few records', () => {
  const { merger, passed, moment } = open();
  for (let at = 0; at < 1_000; at += 1) merger.add(record({ host: `h${at}.test` }));
  moment();
  expect(passed).toHaveLength(50);
  expect(passed.reduce((sum, { count }) => sum + count, 0)).toBe(1_000);
});
