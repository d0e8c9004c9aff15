import { expect, test } from 'vitest';
import { createKeyGuard } from './key-guard.ts';
import { createProviderSlot } from './provider.ts';

test('the first request waits for what hived says about keys', async () => {
  const slot = createProviderSlot(60_000);
  const asked = slot.current();
  const guard = createKeyGuard({ now: () => 0, tell: () => undefined });
  slot.set({ name: 'anthropic', key: 'sk-1', guard });
  expect(await asked).toMatchObject({ name: 'anthropic', key: 'sk-1' });
  slot.set({ name: 'demo' });
  expect(await slot.current()).toEqual({ name: 'demo' });
});

test('when hived says nothing, nobody answers: the demo model might do mail that is meant for a provider', async () => {
  expect(await createProviderSlot(1).current()).toEqual({ name: 'none', why: 'not_told' });
});
