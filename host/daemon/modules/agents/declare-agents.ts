import type * as z from 'zod';
import { HiveError } from '../../../../protocol/errors.ts';
import type { AgentName } from '../../../../protocol/names.ts';
import type { AgentSpec, agentSpecInput, AgentView } from '../../../../protocol/schemas/agent.ts';
import type { MembershipChanges } from '../../../../protocol/schemas/project.ts';
import type { ProviderName } from '../../../../protocol/providers.ts';
import { fieldsWith } from '../../../../protocol/spec-fields.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { AgentMemory } from '../../core/agent-memory.ts';
import type { EventLog } from '../../core/event-log.ts';
import type { Module } from '../../core/module.ts';
import { forgetAgent, retireAgent } from '../../core/retire-agent.ts';
import { storageError } from '../../core/storage-error.ts';
import type { Tx, Writer } from '../../core/writer.ts';
import type { LocalNode } from '../../node/local-node.ts';
import type { ToolchainVersions } from '../../node/toolchain-version.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { BoxKeepers } from '../boxes/keepers.ts';
import { requireCli } from '../boxes/require-cli.ts';
import { requireImageIfKnown } from '../boxes/require-engine.ts';
import { requireProject } from '../projects/known-project.ts';
import { findProject } from '../projects/queries.ts';
import type { Turns } from '../turns/serve-turns.ts';
import { changeSpec } from './change-spec.ts';
import type { Claims } from './claims.ts';
import { requireAgent } from './known-agent.ts';
import { findAgent, insertAgent, setSpec } from './store/agents.ts';
import type { AgentViews } from './view-agents.ts';

/** The declaration of a new agent; `start: false` leaves it stopped. */
export interface NewAgent {
  name: AgentName;
  parent: AgentName | null;
  spec: AgentSpec;
  start: boolean;
}

export interface DeclarationsDeps {
  db: Db;
  writer: Writer;
  events: EventLog;
  /** All modules: each removes its part of an agent that could not be created. */
  modules: readonly Module[];
  memory: AgentMemory;
  turns: Pick<Turns, 'notify'>;
  runtime: Pick<Runtime, 'ping' | 'hasImage'>;
  node: Pick<LocalNode, 'prepareAgent' | 'trash'>;
  claims: Pick<Claims, 'requireFree'>;
  views: Pick<AgentViews, 'view'>;
  keepers: Pick<BoxKeepers, 'reconcileKnown'>;
  /** Read again at each call. */
  toolchainVersions: () => ToolchainVersions;
  /** Throws `unknown_provider`. */
  requireProvider: (name: ProviderName) => void;
  /** Throws `storage_unavailable` while the remaining disk space is reserved for vital writes. */
  disk: { refuse(): void };
  clock: () => number;
  /**
   * The set of agents changed: sockets must be opened or closed, services notified. Awaited before a box starts.
   * Rejects only for the named agent.
   */
  onAgentsChanged: (concerned?: AgentName) => Promise<void>;
}

/** Creates agents and changes their specs. */
export interface Declarations {
  /**
   * Stores an agent and makes its directories and sockets; on failure all of it is removed again. The keeper's next
   * check makes its box. `within` joins the transaction that stores it.
   * Throws `duplicate_agent`, `unknown_agent` (the parent), `unknown_provider`, `unknown_project`, `busy`, and, unless it is to stay
   * stopped, `image_missing`, `cli_missing`; `storage_unavailable`.
   */
  declare(agent: NewAgent, within?: (tx: Tx) => void): Promise<void>;
  /** The same, and makes its box at once unless it is to stay stopped. */
  create(agent: NewAgent): Promise<AgentView>;
  /**
   * Changes a spec. Fields that the harness uses take effect at its next turn; after a change of fields that are fixed
   * in its box the agent is shown as outdated until a rebuild (protocol/spec-fields.ts).
   * Throws `unknown_agent`, `unknown_provider`, `unknown_project`, `busy` while it is being destroyed or restored, `image_missing`,
   * `cli_missing`.
   */
  change(
    name: AgentName,
    how: { spec: z.output<typeof agentSpecInput>; by: string },
  ): Promise<{ agent: AgentView; changed: string[] }>;
}

/** Fields from which the gateway's rules for an agent follow, and its rights in the forge. */
const SERVICE_FIELDS = ['provider', 'model', 'tools', 'driver', 'projects'];

export function createDeclarations(deps: DeclarationsDeps): Declarations {
  const { db, writer, events, runtime, node, claims, views } = deps;

  function insert(tx: Tx, agent: NewAgent): number {
    const { name, parent, spec } = agent;
    if (findAgent(tx.db, name) !== null)
      throw new HiveError(
        'duplicate_agent',
        `There is an agent "${name}" already. Choose another name, or destroy that one first.`,
      );
    if (findProject(tx.db, name) !== null)
      throw new HiveError(
        'duplicate_agent',
        `There is a project "${name}" already. Agents and projects have different names: choose another one.`,
      );
    if (parent !== null) requireAgent(tx.db, parent);
    requireProjects(tx.db, spec.projects);
    if (spec.provider !== undefined) deps.requireProvider(spec.provider);
    const desired = agent.start ? 'running' : 'stopped';
    const id = insertAgent(tx.db, { ...agent, desired, at: deps.clock() });
    events.append(tx, 'agent.created', { agent: name, data: { parent, role: spec.role } });
    return id;
  }

  /** Removes an agent whose directories or sockets could not be made. */
  async function undo({ name, parent }: NewAgent): Promise<void> {
    await writer.writeVital((tx) => {
      retireAgent(tx, deps.modules, { name, parent, reason: `the agent ${name} could not be made` });
      events.append(tx, 'agent.destroyed', { agent: name, data: { archive: null } });
    });
    await forgetAgent(deps, name);
    void node.trash.empty();
  }

  async function declare(agent: NewAgent, within?: (tx: Tx) => void): Promise<void> {
    deps.disk.refuse();
    if (agent.start) {
      requireCli(agent.spec.driver, deps.toolchainVersions());
      await requireImageIfKnown(runtime, agent.spec.image);
    }
    claims.requireFree(agent.name);
    const id = await writer.write((tx) => {
      const inserted = insert(tx, agent);
      within?.(tx);
      return inserted;
    });
    try {
      await node.prepareAgent({ name: agent.name, id, pids: agent.spec.limits.pids });
      await deps.onAgentsChanged(agent.name);
    } catch (error) {
      await undo(agent);
      throw storageError(error);
    }
  }

  return {
    declare,
    async create(agent) {
      await declare(agent);
      if (agent.start) deps.keepers.reconcileKnown(agent.name);
      return views.view(agent.name);
    },
    async change(name, how) {
      claims.requireFree(name);
      const { image, driver } = how.spec;
      const before = requireAgent(db, name).spec;
      if (driver !== undefined && driver !== before.driver) requireCli(driver, deps.toolchainVersions());
      if (image !== undefined && image !== before.image) await requireImageIfKnown(runtime, image);
      const changed = await writer.write((tx) => {
        // In the transaction: a provider is removed only while no agent is on it.
        if (how.spec.provider !== undefined) deps.requireProvider(how.spec.provider);
        requireProjects(tx.db, how.spec.projects);
        const { spec, fields } = changeSpec(requireAgent(tx.db, name).spec, how.spec);
        if (fields.length === 0) return fields;
        const tell = fieldsWith('next_turn', fields).length > 0;
        setSpec(tx.db, name, { spec, tell });
        events.append(tx, 'agent.changed', { agent: name, data: { fields, by: how.by } });
        if (tell) tx.after(() => deps.turns.notify(name));
        return fields;
      });
      // The gateway knows each agent's provider and models, the forge its projects.
      if (SERVICE_FIELDS.some((field) => changed.includes(field))) await deps.onAgentsChanged();
      return { agent: views.view(name), changed };
    },
  };
}

/** Throws `unknown_project` for a project to join that there is not; one that is gone may be left. */
function requireProjects(db: Db, given: MembershipChanges | undefined): void {
  for (const [project, level] of Object.entries(given ?? {})) if (level !== 'none') requireProject(db, project);
}
