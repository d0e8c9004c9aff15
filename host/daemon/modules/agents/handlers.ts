import type * as z from 'zod';
import { BOX_PATHS, boxStateDir, FORGE_IN_BOX } from '../../../../protocol/box-paths.ts';
import { type AgentName, MANAGER, OPERATOR } from '../../../../protocol/names.ts';
import type { OpOutput } from '../../../../protocol/op.ts';
import type { agentOperations } from '../../../../protocol/operations/agent.ts';
import type { AgentSpec, agentSpecInput } from '../../../../protocol/schemas/agent.ts';
import type { HiveSkills } from '../../../../protocol/told/skills.ts';
import { tellAgent } from '../../../../protocol/told/tell-agent.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { ModuleHandlers } from '../../core/module.ts';
import { lastSeq } from '../../core/store/events.ts';
import { listArchives, removeArchive } from './archives.ts';
import { type DestroyDeps, destroyAgent } from './destroy.ts';
import type { Fleet } from './fleet.ts';
import { requireAgent, requireCaller } from './known-agent.ts';
import type { Notes } from './notes.ts';
import { refuseAdminFields } from './refuse-admin-fields.ts';
import { restoreAgent } from './restore.ts';
import { sayLimits } from './say-limits.ts';
import { type AgentRow, agentExists, childrenOf } from './store/agents.ts';

export interface AgentHandlerDeps {
  db: Db;
  fleet: Pick<Fleet, 'views' | 'declarations' | 'control'>;
  destroy: DestroyDeps;
  notes: Notes;
  /** The skills that boxes get now. */
  skills: () => Promise<HiveSkills & { readonly docsCommit: string | null }>;
  completeSpec: (given: z.output<typeof agentSpecInput>) => AgentSpec;
  /** What other modules know of an agent: what it may spend and reach, and what waits for it. */
  standingOf: (agent: AgentRow) => AgentStanding;
}

type Status = OpOutput<(typeof agentOperations)['whoami']>;
export type AgentStanding = Pick<Status, 'budgets' | 'hosts'> &
  Partial<Pick<Status, 'models' | 'spent_today' | 'reminders' | 'schedules' | 'unread' | 'context'>>;

/** Operations on agents: agents list each other; the operator creates, changes and destroys them. */
export function handleAgents({ db, fleet, destroy, notes, completeSpec, skills, standingOf }: AgentHandlerDeps) {
  const { views, declarations, control } = fleet;
  const acted = (name: AgentName) => ({ agent: views.view(name) });

  return {
    agent: {
      note: ({ text }, { caller }) => notes.write(caller, { text, by: caller }),
      whoami(_input, { caller }) {
        const row = requireCaller(db, caller);
        return {
          name: row.name,
          role: row.spec.role,
          parent: row.parent,
          children: childrenOf(db, caller),
          generation: row.generation,
          state_dir: boxStateDir(row.name),
          shared_dir: BOX_PATHS.shared,
          forge_url: FORGE_IN_BOX,
          model: row.spec.model,
          driver: row.spec.driver,
          limits: sayLimits(row.spec),
          ...(row.spec.projects === undefined ? {} : { projects: row.spec.projects }),
          ...standingOf(row),
        };
      },
      agents: (_input, { caller }) => ({ agents: views.listBriefly().filter(({ name }) => name !== caller) }),
    },
    operator: {
      listAgents: ({ names }) => ({
        agents: names === undefined ? views.viewAll() : views.viewNamed(names.split(',')),
        lastSeq: lastSeq(db),
      }),
      getAgent: ({ name }) => acted(name),
      getPrompt: async ({ name }) => tellAgent(requireAgent(db, name), await skills()),
      getSpecDefaults: () => ({ spec: completeSpec({}) }),
      async createAgent(input, { caller }) {
        refuseAdminFields(input.spec, caller);
        const parent = input.parent ?? (agentExists(db, MANAGER) ? MANAGER : null);
        const spec = completeSpec(input.spec ?? {});
        return { agent: await declarations.create({ name: input.name, parent, spec, start: input.start }) };
      },
      changeAgent({ name, spec }, { caller }) {
        refuseAdminFields(spec, caller);
        return declarations.change(name, { spec, by: caller });
      },
      setNote: ({ name, text }) => notes.write(name, { text, by: OPERATOR }),
      startAgent: async ({ name }, { caller }) => ({ agent: await control.start(name, caller) }),
      stopAgent: async ({ name }, { caller }) => ({ agent: await control.stop(name, caller) }),
      restartAgent: async ({ name }, { caller }) => ({ agent: await control.restart(name, caller) }),
      listArchives: async () => ({ archives: await listArchives(destroy.backups) }),
      async restoreAgent(input, { caller }) {
        refuseAdminFields(input.spec, caller);
        return {
          agent: await restoreAgent({ ...destroy, fleet: { ...destroy.fleet, ...fleet }, completeSpec }, input),
        };
      },
      destroyAgent: ({ name, purge }) => destroyAgent(destroy, name, purge),
    },
    admin: {
      async removeArchive({ archive }) {
        await removeArchive(destroy.backups, archive);
        return { archive, removed: true as const };
      },
    },
  } satisfies ModuleHandlers;
}
