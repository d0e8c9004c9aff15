import { expect, test, vi } from 'vitest';
import type { AgentName } from '../../protocol/names.ts';
import { type Answerer, createAccounts } from './accounts.ts';
import { askEntries, type EntryDeps } from './ask-entries.ts';
import { createBodyRoom } from './body-room.ts';
import { startOutcome } from './call-record.ts';
import type { Call } from './call.ts';
import { messages } from './fixtures/run-gateway.ts';
import { anthropic } from './protocols/anthropic/anthropic.ts';

const SCOUT = 'scout' as AgentName;

test('a box that leaves before hived has named the providers makes no call, and reserves nothing', async () => {
  const left = new AbortController();
  const [route] = anthropic.routes;
  if (route === undefined) throw new Error('no route');
  const accounts = createAccounts(60_000);
  const ask = vi.fn<EntryDeps['spending']['ask']>();
  const deps = { accounts, spending: { ask } } as unknown as EntryDeps;
  const call: Call = {
    id: 'one',
    startedAt: 0,
    request: { params: {}, query: {}, headers: {} } as Call['request'],
    kind: { agent: SCOUT, protocol: anthropic, route, room: createBodyRoom(1_000) },
    signal: left.signal,
    cli: null,
    outcome: startOutcome(),
  };
  const answered = askEntries({ call, tryAgain: () => call }, deps, Buffer.from(messages('hi')));
  left.abort();
  const demo: Answerer = { provider: 'anthropic' as Answerer['provider'], state: 'demo', kind: 'anthropic' };
  accounts.assign([{ name: SCOUT, provider: demo.provider }]);
  accounts.replace([demo]);
  expect((await answered).status).toBe(408);
  expect([ask.mock.calls, call.outcome.answerer]).toEqual([[], null]);
});
