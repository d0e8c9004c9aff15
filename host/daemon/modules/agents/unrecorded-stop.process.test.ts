import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AgentName } from '../../../../protocol/names.ts';
import { createDiskActions } from '../disk/disk-actions.ts';
import { findAgent } from './store/agents.ts';
import { openTestFleet } from '../../testing/open-test-fleet.ts';

const scout = 'scout' as AgentName;
let hive: Awaited<ReturnType<typeof openTestFleet>>;
beforeEach(async () => {
  hive = await openTestFleet();
});
afterEach(() => hive.close());

/** From now on SQLite finds no space for another event. */
async function fillDisk(): Promise<void> {
  hive.db.pragma(`max_page_count = ${hive.db.pragma('page_count', { simple: true }) as number}`);
  for (;;)
    try {
      await hive.events.record('agent.desired', { agent: scout, data: { desired: 'stopped', by: 'x' } });
    } catch (error) {
      expect(error).toMatchObject({ code: 'storage_unavailable' });
      return;
    }
}

test('the disk monitor treats an agent whose stop could not be stored as stopped, and a destroyed one as gone', async () => {
  const watch = createDiskActions({ ...hive, agents: () => [scout] });
  expect([watch.isWanted(scout), watch.isWanted('nobody' as AgentName)]).toEqual([true, false]);
  await fillDisk();
  await watch.stopAgent(scout, 'it uses too much');
  expect(findAgent(hive.db, scout)?.desired).toBe('running');
  expect(watch.isWanted(scout)).toBe(false);
  hive.db.pragma('max_page_count = 1000000');
  await watch.catchUp();
  expect(findAgent(hive.db, scout)).toMatchObject({ desired: 'stopped', stoppedWhy: 'it uses too much' });
  expect(watch.isWanted(scout)).toBe(false);
  await hive.fleet.control.start(scout, 'operator');
  expect(watch.isWanted(scout)).toBe(true);
});
