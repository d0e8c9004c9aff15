import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { HiveError } from '../../../protocol/errors.ts';
import { type AgentName, MANAGER } from '../../../protocol/names.ts';
import type { Db } from '../../../store/open-store.ts';
import { announceDead } from '../broker/turns.ts';
import type { Broker } from '../broker/broker.ts';
import type { Places } from '../config.ts';
import type { EventLog } from '../events/event-log.ts';
import { spawnPiped } from '../services/spawn.ts';
import { deleteAgent, findAgent } from '../store/agents.ts';
import { killAllFor } from '../store/deliveries.ts';
import { endIntent, insertIntent, openIntents } from '../store/intents.ts';
import type { Writer } from '../store/writer.ts';
import type { Fleet } from './fleet.ts';
import { agentPlaces, type Users } from './places.ts';

export interface DestroyDeps {
  db: Db;
  writer: Writer;
  events: EventLog;
  broker: Broker;
  fleet: Fleet;
  places: Places;
  users: Users;
  clock: () => number;
  onAgentsChanged: () => Promise<void>;
}

/**
 * Destroys an agent: intent → box away → files into an archive (or, with `purge` repeating its name,
 * deleted) → row, mail and sockets away. Taken up again at start from whichever step a crash left it.
 * Throws `forbidden` for the manager, `name_mismatch`, `engine_unavailable`.
 */
export async function destroyAgent(
  deps: DestroyDeps,
  name: AgentName,
  purge: string | undefined,
): Promise<{ name: AgentName; archive: string | null }> {
  if (name === MANAGER)
    throw new HiveError(
      'forbidden',
      'The manager is the root of the hive and cannot be destroyed. Rebuild it instead.',
    );
  if (purge !== undefined && purge !== name)
    throw new HiveError(
      'name_mismatch',
      `To delete the files of "${name}" for good, repeat exactly its name: --purge ${name}.`,
    );
  const now = deps.fleet.allow('destroy', name);
  await deps.fleet.requireEngine(now.spec.image).catch((error: unknown) => {
    if (!(error instanceof HiveError) || error.code !== 'image_missing') throw error;
  });
  const archive = purge === undefined ? join(deps.places.backups, `${name}-${stampOf(deps.clock())}.tar.gz`) : null;
  const intent = await deps.writer.write((tx) =>
    insertIntent(tx.db, { kind: 'destroy', agent: name, data: { archive }, at: deps.clock() }),
  );
  return carryOut(deps, { intent, name, archive });
}

/** Ends destructions that a crash interrupted. */
export async function resumeDestructions(deps: DestroyDeps): Promise<void> {
  for (const intent of openIntents(deps.db, 'destroy'))
    await carryOut(deps, {
      intent: intent.id,
      name: intent.agent as AgentName,
      archive: (intent.data['archive'] as string | null) ?? null,
    });
}

async function carryOut(
  deps: DestroyDeps,
  what: { intent: number; name: AgentName; archive: string | null },
): Promise<{ name: AgentName; archive: string | null }> {
  const { intent, name, archive } = what;
  const row = findAgent(deps.db, name);
  try {
    if (row !== null) await deps.fleet.retire(name);
    const { files, sockets } = agentPlaces(deps.places, name);
    if (archive !== null && row !== null) await archiveFiles(deps, { files, archive, uid: deps.users.agent(row.id) });
    const at = deps.clock();
    await deps.writer.write((tx) => {
      const reason = `the agent ${name} was destroyed`;
      const dead = killAllFor(tx.db, name, { reason, at });
      if (row !== null) deleteAgent(tx.db, name, row.parent);
      if (dead.length > 0) announceDead(tx, deps.broker.postDeps, { agent: name, dead, reason });
      deps.events.append(tx, 'agent.destroyed', { agent: name, data: { archive } });
      endIntent(tx.db, intent, { at, result: 'done' });
    });
    await deps.onAgentsChanged();
    await throwAway(deps.places, files);
    await rm(sockets, { recursive: true, force: true });
    return { name, archive };
  } catch (error) {
    await deps.writer.write((tx) => endIntent(tx.db, intent, { at: deps.clock(), result: `failed: ${String(error)}` }));
    throw error;
  } finally {
    deps.fleet.forget(name);
  }
}

/** Packs the agent's files, read with the agent's own rights: a link in them leads nowhere it could not go itself. */
async function archiveFiles(deps: DestroyDeps, what: { files: string; archive: string; uid: number }): Promise<void> {
  if (!(await exists(what.files))) return;
  const user = deps.users.separate ? what.uid : null;
  const tar = spawnPiped({
    argv: ['tar', '--create', '--gzip', '--warning=no-file-changed', '--directory', what.files, 'state', 'harness'],
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    uid: user,
    gid: user,
  });
  tar.stdin.end();
  tar.stderr.resume();
  const partial = `${what.archive}.part`;
  const [{ code }] = await Promise.all([tar.ended, pipeline(tar.stdout, createWriteStream(partial, { mode: 0o600 }))]);
  // tar gives 1 when a file changed while it was read; the box is gone, so nothing does.
  if (code !== 0) {
    await rm(partial, { force: true });
    throw new HiveError(
      'storage_unavailable',
      `The files could not be archived (tar ended with ${code ?? 'a signal'}). Nothing was deleted.`,
    );
  }
  await rename(partial, what.archive);
}

/** Out of everybody's reach first, then away: no box has it mounted any more. */
async function throwAway(places: Places, files: string): Promise<void> {
  if (!(await exists(files))) return;
  const grave = join(places.trash, `${Date.now()}-${process.pid}`);
  await rename(files, grave);
  await rm(grave, { recursive: true, force: true });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** 20260131T090000Z */
function stampOf(at: number): string {
  return new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, '');
}
