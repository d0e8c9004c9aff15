import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { planUsers } from './node/users.ts';
import { prepareHive } from './prepare-hive.ts';
import { placesIn } from './testing/places-in.ts';

/**
 * Vulnerability: an agent, or another service, connects to the hive's own egress proxy, and so to hosts that are allowed to
 * the hive, with its secrets. Verified: only the gateway, which makes the socket there, and the forge may enter its
 * directory.
 */
test('the directory of the hive’s own egress proxy is the gateway’s, and lets in the forge alone', async () => {
  const home = await mkdtemp(join(tmpdir(), 'prepare-'));
  onTestFinished(() => rm(home, { recursive: true }));
  const privileged = process.getuid?.() === 0;
  const users = planUsers(privileged, 870_000);
  const places = placesIn(home);
  await prepareHive(places, users);
  const { mode, uid, gid } = await stat(dirname(places.hiveEgressSocket));
  expect((mode & 0o7777).toString(8)).toBe('2750');
  expect({ uid, gid }).toEqual({ uid: users.gateway, gid: users.forge });
});
