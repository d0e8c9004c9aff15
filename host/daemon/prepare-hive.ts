import { dirname, join } from 'node:path';
import type { Places } from './config.ts';
import { ensureDirectory, type Owner } from './node/agent-directories.ts';
import type { Users } from './node/users.ts';

/** The hive's own directories, beside those of its node. Idempotent. */
export async function prepareHive(places: Places, users: Users): Promise<void> {
  const ensure = (path: string, owner: Owner) => ensureDirectory(path, users, owner);
  await ensure(places.root, { mode: 0o711 });
  await ensure(places.secrets, { mode: 0o700 });
  await ensure(places.backups, { mode: 0o700 });
  await ensure(places.logs, { mode: 0o700 });
  await ensure(places.forge, { mode: 0o700, uid: users.forge, gid: users.forge });
  await ensure(places.run, { mode: 0o711 });
  // The gateway makes its socket here; the group of the directory, and so of the socket, is the forge's.
  await ensure(dirname(places.hiveEgressSocket), { mode: 0o2750, uid: users.gateway, gid: users.forge });
  await ensure(join(places.run, 'forge'), { mode: 0o2750, uid: users.forge, gid: users.dashboard });
}
