import { basename, join } from 'node:path';
import { HiveError } from '../../../../protocol/errors.ts';
import { whyNeverDestroyed } from '../../../../protocol/agent-actions.ts';
import type { AgentName } from '../../../../protocol/names.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { EventLog } from '../../core/event-log.ts';
import type { Module } from '../../core/module.ts';
import { forgetAgent, retireAgent } from '../../core/retire-agent.ts';
import { type AgentRow, findAgent } from './store/agents.ts';
import { endIntent, insertIntent, openIntents } from '../boxes/queries.ts';
import { storageError } from '../../core/storage-error.ts';
import type { Tx, Writer } from '../../core/writer.ts';
import { archiveName, forgetRecord, writeRecord } from './archives.ts';
import type { AgentMemory } from '../../core/agent-memory.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { requireEngine } from '../boxes/require-engine.ts';
import type { Fleet } from './fleet.ts';
import type { LocalNode } from '../../node/local-node.ts';
import { pause, waitAtMost } from '../../../../system/pause.ts';

/** Pause between attempts to finish a destruction that an earlier hived began. */
const RETRY_MS = 5_000;
/** How long an answer waits for the files to be deleted; the rest is deleted in the background. */
const DELETE_WAIT_MS = 60_000;

export interface DestroyDeps {
  db: Db;
  writer: Writer;
  events: EventLog;
  /** All modules: each removes its part of the agent. */
  modules: readonly Module[];
  memory: AgentMemory;
  fleet: Pick<Fleet, 'claims' | 'keepers' | 'views'>;
  runtime: Pick<Runtime, 'ping' | 'hasImage'>;
  /** The directory of archives. */
  backups: string;
  node: Pick<LocalNode, 'pack' | 'unpack' | 'trash'>;
  clock: () => number;
}

/**
 * Destroys an agent: intent → box removed → files and declaration archived (or, with `purge` repeating its name,
 * deleted) → row and all modules' data deleted (see core/retire-agent.ts) → files and sockets moved to the trash →
 * intent ended. After a crash it continues at the next start from the step it had reached. Meanwhile the name is
 * claimed: no other call can destroy the agent or create another of that name.
 *
 * Throws `forbidden` for the manager, `name_mismatch`, `busy`, `engine_unavailable`, `storage_unavailable` when the
 * files cannot be archived (the agent stays then).
 */
export async function destroyAgent(
  deps: DestroyDeps,
  name: AgentName,
  purge: string | undefined,
): Promise<{ name: AgentName; archive: string | null }> {
  const never = whyNeverDestroyed(name);
  if (never !== null) throw new HiveError('forbidden', never);
  if (purge !== undefined && purge !== name)
    throw new HiveError(
      'name_mismatch',
      `To delete the files of "${name}" for good, repeat exactly its name: --purge ${name}.`,
    );
  const now = deps.fleet.views.allow('destroy', name);
  deps.fleet.claims.claim(name);
  try {
    await requireEngine(deps.runtime, now.spec.image).catch((error: unknown) => {
      if (!(error instanceof HiveError) || error.code !== 'image_missing') throw error;
    });
    const archive = purge === undefined ? join(deps.backups, archiveName(name, deps.clock())) : null;
    const intent = await deps.writer.write((tx) =>
      insertIntent(tx.db, { kind: 'destroy', agent: name, data: { archive }, at: deps.clock() }),
    );
    await carryOut(deps, { intent, name, archive }).catch(async (error: unknown) => {
      await endFailed(deps, intent, failureOf(error));
      throw storageError(error);
    });
    // The agent is gone; deleting files is retried in the background, and a failure of it is not an error here.
    await waitAtMost(deps.node.trash.empty(), DELETE_WAIT_MS);
    return { name, archive };
  } finally {
    deps.fleet.claims.release(name);
  }
}

/**
 * Finishes destructions that a crash interrupted; those that fail because the engine is absent are retried until it is
 * back. `claimInterrupted` has claimed their names before anything could use them.
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
        await pause(RETRY_MS, how.signal);
        if (!how.signal.aborted) result = await again();
      }
      if (how.signal.aborted) return;
      if (result !== 'done') await endFailed(deps, id, result).catch(how.onError);
      deps.fleet.claims.release(name);
    }),
  );
}

function failureOf(error: unknown): string {
  return error instanceof HiveError ? error.code : String(error);
}

function endFailed(deps: DestroyDeps, intent: number, why: string): Promise<void> {
  return deps.writer.write((tx) => endIntent(tx.db, intent, { at: deps.clock(), result: `failed: ${why}` }));
}

/** Claims the names of agents whose destruction an earlier hived began, so that nothing is started for them. */
export function claimInterrupted(deps: { db: Db; fleet: Pick<Fleet, 'claims'> }): void {
  for (const { agent } of openIntents(deps.db, 'destroy')) deps.fleet.claims.claim(agent as AgentName);
}

/** Each step may have been done by an earlier attempt; whether the agent's row still exists shows how far that got. */
async function carryOut(
  deps: DestroyDeps,
  what: { intent: number; name: AgentName; archive: string | null },
): Promise<void> {
  const { intent, name, archive } = what;
  const row = findAgent(deps.db, name);
  if (row !== null) {
    await deps.fleet.keepers.retire(name);
    if (archive !== null) await archiveAgent(deps, { row, archive });
    await deps.writer.write((tx) => endAgent(tx, deps, { row, archive, reason: `the agent ${name} was destroyed` }));
  }
  await forgetAgent(deps, name);
  await deps.writer.write((tx) => endIntent(tx.db, intent, { at: deps.clock(), result: 'done' }));
}

/** Ends all of an agent's open work in the store, and deletes its row. Its history stays. */
export function endAgent(
  tx: Tx,
  deps: Pick<DestroyDeps, 'modules' | 'events'>,
  what: { row: AgentRow; archive: string | null; reason: string },
): void {
  const { name, parent } = what.row;
  retireAgent(tx, deps.modules, { name, parent, reason: what.reason });
  deps.events.append(tx, 'agent.destroyed', { agent: name, data: { archive: what.archive } });
}

/** The record is written first, so that every listed archive has one; a failure leaves neither. */
async function archiveAgent(deps: DestroyDeps, what: { row: AgentRow; archive: string }): Promise<void> {
  const { row, archive } = what;
  const { name, parent, sessionId, spec } = row;
  const { backups } = deps;
  await writeRecord(backups, basename(archive), { name, parent, sessionId, spec });
  try {
    await deps.node.pack(row, archive);
  } catch (error) {
    await forgetRecord(backups, basename(archive));
    throw error;
  }
}
