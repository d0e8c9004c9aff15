import { expect, test } from 'vitest';
import { createProviderSlot } from './provider.ts';

test('the first request waits for what hived says about keys', async () => {
  const slot = createProviderSlot(60_000);
  const asked = slot.current();
  slot.set('sk-1');
  expect(await asked).toEqual({ name: 'anthropic', key: 'sk-1' });
  slot.set(null);
  expect(await slot.current()).toEqual({ name: 'demo' });
});

test('when hived says nothing, the demo model answers after a while', async () => {
  expect(await createProviderSlot(1).current()).toEqual({ name: 'demo' });
});
