import { join } from 'node:path';
import type * as z from 'zod';
import { type AgentName, MANAGER } from '../../../../protocol/names.ts';
import type { AgentSpec, agentSpecInput, AgentView } from '../../../../protocol/schemas/agent.ts';
import type { Db } from '../../../../store/open-store.ts';
import { agentExists, findAgent, setSession } from './store/agents.ts';
import { endIntent, insertIntent } from '../boxes/queries.ts';
import { forgetAgent } from '../../core/retire-agent.ts';
import { storageError } from '../../core/storage-error.ts';
import { findArchive, readRecord } from './archives.ts';
import type { Fleet } from './fleet.ts';
import { changeSpec } from './change-spec.ts';
import { findProject } from '../projects/queries.ts';
import { type DestroyDeps, endAgent } from './destroy.ts';

type SpecInput = z.output<typeof agentSpecInput>;
export type RestoreDeps = DestroyDeps & {
  fleet: Pick<Fleet, 'declarations'>;
  completeSpec: (given: SpecInput) => AgentSpec;
};

/**
 * Creates a destroyed agent again from its archive: row and an intent to destroy it → files → intent ended. Until its
 * files are complete its name is claimed, so that no box starts with half of them; when hived dies meanwhile, its next
 * start finds the intent and removes the half-made agent.
 *
 * Throws `not_found`, `unknown_agent` (the parent), `duplicate_agent`, `busy`, `image_missing`, `cli_missing`,
 * `storage_unavailable`;
 * nothing is left then.
 */
export async function restoreAgent(
  deps: RestoreDeps,
  what: {
    archive: string;
    as?: AgentName | undefined;
    parent?: AgentName | undefined;
    spec?: SpecInput | undefined;
    start: boolean;
  },
): Promise<AgentView> {
  const { db, backups, node, fleet, clock } = deps;
  const found = await findArchive(backups, what.archive);
  const record = await readRecord(backups, found.archive);
  const name = what.as ?? found.name;
  const given = what.spec ?? {};
  const spec = record === null ? deps.completeSpec(given) : changeSpec(withoutGone(db, record.spec), given).spec;
  // The session uses the agent's old name.
  const sessionId = name === record?.name ? record.sessionId : null;
  const before = [record?.parent, MANAGER].find((each) => each !== name && agentExists(db, each ?? '')) ?? null;
  const parent = what.parent ?? before;

  let intent: number | null = null;
  try {
    await fleet.declarations.declare({ name, parent, spec, start: what.start }, (tx) => {
      intent = insertIntent(tx.db, { kind: 'destroy', agent: name, data: { archive: null }, at: clock() });
      setSession(tx.db, name, sessionId);
      fleet.claims.claim(name);
    });
    await node.unpack({ name, id: findAgent(db, name)?.id ?? 0 }, join(backups, found.archive));
    await endWith(deps, { intent, result: 'restored' });
  } catch (error) {
    if (intent !== null)
      await undo(deps, { intent, name }).catch((failed: unknown) => {
        throw storageError(failed);
      });
    throw storageError(error);
  }
  fleet.claims.release(name);
  return fleet.views.view(name);
}

/** The spec without the projects that were removed meanwhile. */
function withoutGone(db: Db, spec: AgentSpec): AgentSpec {
  const gone = Object.keys(spec.projects ?? {}).filter((project) => findProject(db, project) === null);
  return changeSpec(spec, { projects: Object.fromEntries(gone.map((project) => [project, 'none'])) }).spec;
}

function endWith(deps: DestroyDeps, how: { intent: number | null; result: string }): Promise<void> {
  return deps.writer.write((tx) => endIntent(tx.db, how.intent ?? 0, { at: deps.clock(), result: how.result }));
}

/**
 * The half-made agent never had a box, so the engine is not queried. Its files are deleted first: a full disk may be
 * the cause. If the removal fails now, the name stays claimed, and it is finished at hived's next start.
 */
async function undo(deps: DestroyDeps, what: { intent: number; name: AgentName }): Promise<void> {
  const { fleet, writer, clock } = deps;
  const { trash } = deps.node;
  const { intent, name } = what;
  await trash.take(name);
  await trash.empty();
  await writer.write((tx) => {
    const row = findAgent(tx.db, name);
    const reason = `the agent ${name} could not be restored`;
    if (row !== null) endAgent(tx, deps, { row, archive: null, reason });
    endIntent(tx.db, intent, { at: clock(), result: reason });
  });
  await forgetAgent(deps, name);
  await trash.empty();
  fleet.claims.release(name);
}
