import { expect, test } from 'vitest';
import { openTestHive } from '../../../testing/open-test-hive.ts';
import { settleUsers } from './settle-users.ts';

test('a hive keeps the user ids it began with', async () => {
  const hive = openTestHive();
  settleUsers(hive.db, 200_000);
  settleUsers(hive.db, 200_000);
  expect(() => settleUsers(hive.db, 300_000)).toThrow(expect.objectContaining({ code: 'config_invalid' }) as Error);
  await hive.close();
});
