import type { Log } from '../../system/log.ts';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Db, openStore } from '../../store/open-store.ts';
import type { Settings } from './config.ts';
import { type AgentMemory, createAgentMemory } from './core/agent-memory.ts';
import { createEventLog, type EventLog } from './core/event-log.ts';
import type { KnownSecrets } from './core/known-secrets.ts';
import { isDiskFull, storageError, withRoom } from './core/storage-error.ts';
import { getMeta, setMeta } from './core/store/meta.ts';
import { MIGRATIONS } from './core/store/migrations.ts';
import { createWriter, type Writer } from './core/writer.ts';
import { lockHive, requirePassage } from './lock.ts';
import { listAgents, settleUsers } from './modules/agents/queries.ts';
import { openDisk } from './modules/disk/open-disk.ts';
import { renewAllTurns } from './modules/turns/queries.ts';
import { createLocalNode } from './node/local-node.ts';
import { planUsers } from './node/users.ts';
import { prepareHive } from './prepare-hive.ts';
import { requireConfinement } from './services/require-confinement.ts';
import { SERVICE_ENV } from './service-specs.ts';

/** The foundations of a hive: store, event log, writer, identity. */
export interface Core {
  readonly users: ReturnType<typeof planUsers>;
  readonly node: ReturnType<typeof createLocalNode>;
  readonly disk: Awaited<ReturnType<typeof openDisk>>;
  readonly db: Db;
  readonly writer: Writer;
  /** For modules whose writes must all succeed on a full disk, too. */
  readonly vital: Writer;
  readonly events: EventLog;
  readonly memory: AgentMemory;
  readonly secrets: KnownSecrets;
  /** SQLite's binding beside the bundle; null where the package's own is used. */
  readonly sqliteBinding: string | null;
  readonly hiveId: string;
  /** Identifies this run of hived. */
  readonly boot: string;
  readonly startedAt: number;
  /** Whether the first agents were declared by an earlier run. */
  readonly isSeeded: boolean;
  /** Whether the leases of open turns were renewed. On a full disk the renewal is still owed. */
  readonly isRenewed: boolean;
}

/**
 * Locks the root, opens the store and the event log, and gives the hive its identity. Throws before anything is changed
 * when the root is taken or of a newer version. Everything it opens is added to `opened`, which also releases it when
 * this throws.
 */
export async function openCore(
  settings: Settings,
  deps: {
    log: Log;
    clock: () => number;
    secrets: KnownSecrets;
    opened: { add(part: string, release: () => void | Promise<void>): void };
  },
): Promise<Core> {
  const { config, places, privileged } = settings;
  const { log, clock, secrets, opened } = deps;
  const users = planUsers(privileged, config.uids.base);
  const node = createLocalNode({
    dirs: places.node,
    users,
    onLeft: (err) => log.warn({ err }, 'files of an agent that is gone could not be deleted; they are tried again'),
  });
  const bindingFile = join(places.app, 'better_sqlite3.node');
  const sqliteBinding = existsSync(bindingFile) ? bindingFile : null;
  if (users.separate) {
    requirePassage(places);
    await requireConfinement({ uid: users.gateway, gid: users.gateway, env: SERVICE_ENV });
  }

  const memory = createAgentMemory();
  opened.add('lock of the root', lockHive(places, sqliteBinding).release);
  const disk = await openDisk({
    config,
    places,
    node,
    users,
    memory,
    clock,
    agents: () => listAgents(db),
    onError: (err) => log.error({ err }, 'the disk could not be checked'),
  });
  const openIt = () => openStore(places.database, MIGRATIONS, { nativeBinding: sqliteBinding });
  const db = openWithRoom(disk.makeRoom, openIt);
  opened.add('store', () => void db.close());
  settleUsers(db, config.uids.base);
  await withRoom(disk.makeRoom, () => prepareHive(places, users));
  const { sharedAcl } = await withRoom(disk.makeRoom, node.prepare);
  if (!sharedAcl)
    log.warn('/shared has no default ACL (no setfacl, or a file system without ACLs): files there depend on the umask');

  const writer = createWriter(db, {
    makeRoom: disk.makeRoom,
    onEffectError: (err) => log.error({ err }, 'something that follows a write broke'),
  });
  opened.add('writer', writer.close);
  const vital: Writer = { ...writer, write: writer.writeVital };
  const events = createEventLog({
    db,
    writer,
    clock,
    redact: (data) => secrets.redactJson(data).value,
    onListenerError: (err) => log.error({ err }, 'a listener of events broke'),
  });
  const startedAt = clock();
  const isSeeded = getMeta(db, 'hive.seeded') !== null;
  const hiveId = getMeta(db, 'hive.id') ?? randomUUID();
  const begun = vital.write((tx) => {
    setMeta(tx.db, 'hive.id', hiveId);
    // No harness could renew a lease while hived was away.
    renewAllTurns(tx.db, clock() + config.broker.lease_ms);
  });
  const isRenewed = await unlessFull(begun);
  if (!isRenewed && getMeta(db, 'hive.id') === null) await begun;

  return {
    users,
    node,
    disk,
    db,
    writer,
    vital,
    events,
    memory,
    secrets,
    sqliteBinding,
    hiveId,
    boot: randomUUID(),
    startedAt,
    isSeeded,
    isRenewed,
  };
}

/** Whether it was written. A hive that has an identity already starts even when the disk accepts no more writes. */
export async function unlessFull(written: Promise<unknown>): Promise<boolean> {
  try {
    await written;
    return true;
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    return false;
  }
}

/** Opens something that may find no space on a full disk, and retries each time the reserve freed some. */
function openWithRoom<T>(makeRoom: () => boolean, open: () => T): T {
  for (;;)
    try {
      return open();
    } catch (error) {
      if (!isDiskFull(error) || !makeRoom()) throw storageError(error);
    }
}
