import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import { openTestFleet } from '../../testing/open-test-fleet.ts';

let hive: Awaited<ReturnType<typeof openTestFleet>>;
beforeEach(async () => {
  hive = await openTestFleet();
});
afterEach(() => hive.close());

test('the reason why a box takes no mail is known without querying it, and is gone with it', async () => {
  const scout = 'scout' as AgentName;
  hive.runtime.away = true;
  const keeper = hive.fleet.keepers.of(scout);
  void keeper.reconcile();
  await expect.poll(() => keeper.view().engineAway).toBe(true);
  expect(hive.fleet.views.troubleOf(scout)).toEqual({ state: 'failed', until: null });
  expect(hive.fleet.views.troubleOf('nobody' as AgentName)).toBeNull();
  hive.runtime.away = false;
  void keeper.reconcile();
  await expect.poll(() => hive.fleet.views.troubleOf(scout)).toBeNull();
});
