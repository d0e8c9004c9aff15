import { expect, test } from 'vitest';
import type { AgentName } from '../../protocol/names.ts';
import type { ProviderName } from '../../protocol/providers.ts';
import { type Answerer, createAccounts } from './accounts.ts';

const SCOUT = 'scout' as AgentName;
const ANTHROPIC = 'anthropic' as ProviderName;
const OPENAI = 'openai' as ProviderName;
const demoOf = (provider: ProviderName): Answerer => ({ provider, kind: 'openai', state: 'demo' });

test("the first call waits for hived's line about the providers; each later one is answered by the newest", async () => {
  const accounts = createAccounts(60_000);
  accounts.assign([{ name: SCOUT, provider: OPENAI }]);
  const asked = accounts.of(SCOUT);
  accounts.replace([demoOf(ANTHROPIC), { provider: OPENAI, kind: 'openai', state: 'no_key' }]);
  expect(await asked).toMatchObject({ provider: 'openai', state: 'no_key' });
  accounts.replace([demoOf(ANTHROPIC), demoOf(OPENAI)]);
  expect(await accounts.of(SCOUT)).toMatchObject({ provider: 'openai', state: 'demo' });
  accounts.assign([{ name: SCOUT, provider: ANTHROPIC }]);
  expect(await accounts.of(SCOUT)).toMatchObject({ provider: 'anthropic', state: 'demo' });
});

test('without a line from hived nobody answers: the demo model might handle mail meant for a provider', async () => {
  const accounts = createAccounts(1);
  accounts.assign([{ name: SCOUT, provider: OPENAI }]);
  expect(await accounts.of(SCOUT)).toMatchObject({ provider: 'openai', state: 'not_told' });
});

test('an agent of a provider that hived does not name has no account, and neither has a destroyed agent', async () => {
  const accounts = createAccounts(60_000);
  accounts.replace([demoOf(ANTHROPIC)]);
  accounts.assign([{ name: SCOUT, provider: OPENAI }]);
  expect(await accounts.of(SCOUT)).toEqual({ provider: 'openai', state: 'unknown', kind: null });
  expect((await accounts.of('coder' as AgentName)).state).toBe('not_told');
});
