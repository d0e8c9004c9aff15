import { expect, test } from 'vitest';
import type { ProviderName } from '../../../../protocol/providers.ts';
import type { GatewayControl } from '../../../../protocol/schemas/service.ts';
import { createEntryStates } from './entry-states.ts';

const ENTRIES = [{ provider: 'anthropic' as ProviderName, model: 'a' }];
const READY = [{ state: 'ready' as const, until: null }];

function ask(options: { running?: boolean; answerMs?: number } = {}) {
  const lines: Extract<GatewayControl, { type: 'entries' }>[] = [];
  const { running = true, ...rest } = options;
  const states = createEntryStates({ send: (line) => lines.push(line), isGatewayRunning: () => running, ...rest });
  return { states, lines, answer: states.ask(ENTRIES) };
}

test('the gateway is asked, and its report answered to whom it is for', async () => {
  const { states, lines, answer } = ask();
  expect(lines).toMatchObject([{ type: 'entries', entries: ENTRIES }]);
  states.hear({ id: crypto.randomUUID(), states: [] });
  states.hear({ id: lines[0]?.id ?? '', states: READY });
  expect(await answer).toEqual(READY);
});

test('a gateway that does not run, ends or says nothing leaves them unknown', async () => {
  expect(await ask({ running: false }).answer).toBeNull();
  const ended = ask();
  ended.states.gatewayEnded();
  expect(await ended.answer).toBeNull();
  expect(await ask({ answerMs: 1 }).answer).toBeNull();
});
