import { expect, test } from 'vitest';
import type { AgentName } from '../../protocol/names.ts';
import { createAccounts } from './accounts.ts';

const SCOUT = 'scout' as AgentName;

test("the first call waits for hived's line about the agent's provider, and for no other's", async () => {
  const accounts = createAccounts(60_000);
  accounts.assign([{ name: SCOUT, provider: 'openai' }]);
  const asked = accounts.of(SCOUT);
  accounts.set({ provider: 'anthropic', state: 'demo' });
  accounts.set({ provider: 'openai', state: 'no_key' });
  expect(await asked).toEqual({ provider: 'openai', state: 'no_key' });
  accounts.set({ provider: 'openai', state: 'demo' });
  expect(await accounts.of(SCOUT)).toEqual({ provider: 'openai', state: 'demo' });
  accounts.assign([{ name: SCOUT, provider: 'anthropic' }]);
  expect(await accounts.of(SCOUT)).toEqual({ provider: 'anthropic', state: 'demo' });
});

test('without a line from hived nobody answers: the demo model might handle mail meant for a provider', async () => {
  const accounts = createAccounts(1);
  accounts.assign([{ name: SCOUT, provider: 'openai' }]);
  expect(await accounts.of(SCOUT)).toEqual({ provider: 'openai', state: 'not_told' });
});

test('a destroyed agent has no account', async () => {
  const accounts = createAccounts(60_000);
  accounts.set({ provider: 'anthropic', state: 'demo' });
  expect((await accounts.of(SCOUT)).state).toBe('not_told');
});
