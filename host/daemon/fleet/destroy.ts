import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { HiveError } from '../../../protocol/errors.ts';
import { type AgentName, MANAGER } from '../../../protocol/names.ts';
import type { Db } from '../../../store/open-store.ts';
import { endPausesOf } from '../broker/damp.ts';
import { announceDead } from '../broker/given-up.ts';
import { endQuestionsOf } from '../broker/questions.ts';
import type { Broker } from '../broker/broker.ts';
import type { Places } from '../config.ts';
import type { EventLog } from '../events/event-log.ts';
import { readLines } from '../services/read-lines.ts';
import { spawnPiped } from '../services/spawn.ts';
import { deleteAgent, findAgent } from '../store/agents.ts';
import { killAllFor } from '../store/deliveries.ts';
import { forgetTalksOf } from '../store/talks.ts';
import { forgetTimersOf } from '../store/timers.ts';
import { endIntent, insertIntent, openIntents } from '../store/intents.ts';
import { storageError } from '../store/storage-error.ts';
import type { Writer } from '../store/writer.ts';
import type { Fleet } from './fleet.ts';
import { agentPlaces, type Users } from './places.ts';
import type { Trash } from './trash.ts';

/** Between tries to end a destruction that an earlier hived began. */
const RETRY_MS = 5_000;
/** How long an answer waits for the files to be deleted; what is left then goes in the background. */
const DELETE_WAIT_MS = 60_000;

export interface DestroyDeps {
  db: Db;
  writer: Writer;
  events: EventLog;
  broker: Broker;
  fleet: Fleet;
  places: Places;
  users: Users;
  trash: Trash;
  clock: () => number;
  onAgentsChanged: (concerned?: AgentName) => Promise<void>;
}

/**
 * Destroys an agent: intent → box away → files into an archive (or, with `purge` repeating its name,
 * deleted) → row and mail away → files and sockets into the trash → intent ended. Taken up again at start from
 * whichever step a crash left it. While it goes on its name is claimed: nobody else can destroy the
 * agent or make another of that name.
 *
 * Throws `forbidden` for the manager, `name_mismatch`, `busy`, `engine_unavailable`,
 * `storage_unavailable` when the files cannot be archived (the agent stays then).
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
  deps.fleet.claim(name);
  try {
    await deps.fleet.requireEngine(now.spec.image).catch((error: unknown) => {
      if (!(error instanceof HiveError) || error.code !== 'image_missing') throw error;
    });
    const archive = purge === undefined ? join(deps.places.backups, `${name}-${stampOf(deps.clock())}.tar.gz`) : null;
    const intent = await deps.writer.write((tx) =>
      insertIntent(tx.db, { kind: 'destroy', agent: name, data: { archive }, at: deps.clock() }),
    );
    await carryOut(deps, { intent, name, archive }).catch(async (error: unknown) => {
      await endFailed(deps, intent, failureOf(error));
      throw storageError(error);
    });
    // The agent is gone; what cannot be deleted now is tried again, and is no failure of this.
    await Promise.race([deps.trash.empty(), delay(DELETE_WAIT_MS, undefined, { ref: false })]);
    return { name, archive };
  } finally {
    deps.fleet.forget(name);
  }
}

/**
 * Ends destructions that a crash interrupted; those that the engine's absence keeps from ending are
 * tried again until it is back. `claimInterrupted` has claimed their names before anything could use them.
 */
export async function resumeDestructions(
  deps: DestroyDeps,
  how: { signal: AbortSignal; onError: (error: unknown) => void },
): Promise<void> {
  await Promise.all(
    openIntents(deps.db, 'destroy').map(async ({ id, agent, data }) => {
      const name = agent as AgentName;
      const archive = (data['archive'] as string | null) ?? null;
      const again = () => carryOut(deps, { intent: id, name, archive }).then(() => 'done', failureOf);
      let result = await again();
      while (result === 'engine_unavailable' && !how.signal.aborted) {
        await delay(RETRY_MS, undefined, { signal: how.signal }).catch(() => undefined);
        if (!how.signal.aborted) result = await again();
      }
      if (how.signal.aborted) return;
      if (result !== 'done') await endFailed(deps, id, result).catch(how.onError);
      deps.fleet.forget(name);
    }),
  );
}

function failureOf(error: unknown): string {
  return error instanceof HiveError ? error.code : String(error);
}

function endFailed(deps: DestroyDeps, intent: number, why: string): Promise<void> {
  return deps.writer.write((tx) => endIntent(tx.db, intent, { at: deps.clock(), result: `failed: ${why}` }));
}

/** Nothing new begins for agents whose destruction was begun by an earlier hived. */
export function claimInterrupted(deps: Pick<DestroyDeps, 'db' | 'fleet'>): void {
  for (const { agent } of openIntents(deps.db, 'destroy')) deps.fleet.claim(agent as AgentName);
}

/** Every step may have been done by an earlier try; the agent's row says how far that came. */
async function carryOut(
  deps: DestroyDeps,
  what: { intent: number; name: AgentName; archive: string | null },
): Promise<void> {
  const { intent, name, archive } = what;
  const { files } = agentPlaces(deps.places, name);
  const row = findAgent(deps.db, name);
  if (row !== null) {
    await deps.fleet.retire(name);
    if (archive !== null) await archiveFiles(deps, { files, archive, uid: deps.users.agent(row.id) });
    await deps.writer.write((tx) => {
      const at = deps.clock();
      const reason = `the agent ${name} was destroyed`;
      endPausesOf(tx, deps.broker.postDeps, name);
      const dead = killAllFor(tx.db, name, { reason, at });
      for (const rebuild of openIntents(tx.db, 'rebuild', name)) endIntent(tx.db, rebuild.id, { at, result: reason });
      endQuestionsOf(tx, deps.broker.postDeps, name);
      forgetTimersOf(tx.db, name);
      forgetTalksOf(tx.db, name);
      deleteAgent(tx.db, name, row.parent);
      if (dead.length > 0) announceDead(tx, deps.broker.postDeps, { agent: name, dead, reason });
      deps.events.append(tx, 'agent.destroyed', { agent: name, data: { archive } });
    });
  }
  await deps.onAgentsChanged();
  await deps.trash.take(name);
  await deps.writer.write((tx) => endIntent(tx.db, intent, { at: deps.clock(), result: 'done' }));
}

/**
 * Packs the agent's files, read with the agent's own rights: a link in them leads nowhere it could
 * not go itself. What the agent made unreadable for itself is made readable again, and holes in files
 * stay holes, so that no agent can keep itself from being archived.
 */
async function archiveFiles(deps: DestroyDeps, what: { files: string; archive: string; uid: number }): Promise<void> {
  const { files, archive } = what;
  if (!(await exists(files))) return;
  const user = deps.users.separate ? what.uid : null;
  const begin = (argv: readonly [string, ...string[]]) => {
    const program = spawnPiped({ argv, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' }, uid: user, gid: user });
    program.stdin.end();
    return program;
  };
  const folders = ['state', 'harness'];
  const opening = begin(['chmod', '--recursive', '--silent', 'u+rwX', ...folders.map((folder) => join(files, folder))]);
  opening.stdout.resume();
  opening.stderr.resume();
  await opening.ended;
  const partial = `${archive}.part`;
  try {
    const quiet = ['--warning=no-file-changed', '--warning=no-file-ignored'];
    const tar = begin(['tar', '--create', '--gzip', '--sparse', ...quiet, '--directory', files, ...folders]);
    let said: string | null = null;
    readLines(tar.stderr, 300, (line) => void (said ??= line));
    const written = pipeline(tar.stdout, createWriteStream(partial, { mode: 0o600 }));
    const [{ code }] = await Promise.all([tar.ended, written]);
    // 1: a file changed or vanished while it was read, by somebody who is still in there; the rest is in the archive.
    if (code !== 0 && code !== 1)
      throw new HiveError(
        'storage_unavailable',
        `The files could not be archived (tar ended with ${code ?? 'a signal'}: ${said ?? 'it said nothing'}). Nothing was deleted.`,
      );
    await rename(partial, archive);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** 20260131T090000123Z: no two destructions of one name fall into the same millisecond. */
function stampOf(at: number): string {
  return new Date(at).toISOString().replaceAll(/[-:.]/g, '');
}
