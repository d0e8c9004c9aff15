/**
 * Vulnerability: whoever holds a session of the dashboard, or the dashboard's process, chooses what runs in a box.
 * Verified: such fields of a spec are hivectl's alone; without them the dashboard's specs are taken.
 */
import { expect, test } from 'vitest';
import { refuseAdminFields } from './refuse-admin-fields.ts';

test('the dashboard sets no field of a spec that is for hivectl alone', () => {
  const refused = expect.objectContaining({ code: 'forbidden', message: expect.stringContaining('driver') });
  expect(() => refuseAdminFields({ driver: 'claude', model: 'opus' }, 'dashboard')).toThrow(refused);
  expect(() => refuseAdminFields({ driver: 'claude' }, 'hivectl')).not.toThrow();
  expect(() => refuseAdminFields({ model: 'opus', limits: { memoryMb: 512 } }, 'dashboard')).not.toThrow();
  expect(() => refuseAdminFields(undefined, 'dashboard')).not.toThrow();
});
