/**
 * Vulnerability: the holder of a dashboard session, or the dashboard's process, chooses the program that runs in a box.
 * Verified: such fields of a spec are for hivectl only; without them the dashboard's specs are accepted.
 */
import { expect, test } from 'vitest';
import { refuseAdminFields } from './refuse-admin-fields.ts';

test('the dashboard cannot set a field of a spec that is for hivectl only', () => {
  const refused = expect.objectContaining({ code: 'forbidden', message: expect.stringContaining('driver') });
  expect(() => refuseAdminFields({ driver: 'claude', model: 'opus' }, 'dashboard')).toThrow(refused);
  expect(() => refuseAdminFields({ driver: 'claude' }, 'hivectl')).not.toThrow();
  expect(() => refuseAdminFields({ model: 'opus', limits: { memoryMb: 512 } }, 'dashboard')).not.toThrow();
  expect(() => refuseAdminFields(undefined, 'dashboard')).not.toThrow();
});
