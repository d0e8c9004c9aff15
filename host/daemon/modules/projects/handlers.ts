import { HiveError } from '../../../../protocol/errors.ts';
import type { AgentName, ProjectName } from '../../../../protocol/names.ts';
import type { ProjectView } from '../../../../protocol/schemas/project.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { EventLog } from '../../core/event-log.ts';
import type { ModuleHandlers } from '../../core/module.ts';
import type { Writer } from '../../core/writer.ts';
import { agentExists, leaveProject, listMembers } from '../agents/queries.ts';
import { deleteProject, findProject, insertProject, listProjects, type ProjectRow } from './store/projects.ts';
import { requireProject } from './known-project.ts';

const SAY_NAME = 'To take it from its members, type the same name once more with --members NAME.';

export interface ProjectDeps {
  db: Db;
  writer: Writer;
  events: EventLog;
  /** Throws `busy` for the name of an agent that is being destroyed or restored. */
  requireFree: (name: AgentName) => void;
  clock: () => number;
  /** The agent's spec changed: its harness gets it before the next turn. */
  notify: (name: AgentName) => void;
  /** Tells the forge. */
  onProjectsChanged: () => Promise<void>;
}

export function handleProjects(deps: ProjectDeps) {
  const { db, writer, events, requireFree, clock, notify, onProjectsChanged } = deps;
  return {
    operator: {
      listProjects: () => ({ projects: viewProjects(db, listProjects(db)) }),
      getProject: ({ name }) => ({ project: viewOne(db, requireProject(db, name)) }),
    },
    admin: {
      async createProject({ name, description }, { caller }) {
        await writer.write((tx) => {
          refuseTaken(tx.db, name);
          requireFree(name as string as AgentName);
          insertProject(tx.db, { name, description, createdAt: clock() });
          events.append(tx, 'project.created', { data: { project: name, by: caller } });
        });
        await onProjectsChanged();
        return { project: viewOne(db, requireProject(db, name)) };
      },
      async removeProject({ name, members }, { caller }) {
        const left = await writer.writeVital((tx) => {
          requireProject(tx.db, name);
          if (members !== undefined && members !== name) throw new HiveError('name_mismatch', SAY_NAME);
          if (members === undefined) refuseUsed(tx.db, name);
          const agents = leaveProject(tx.db, name);
          tx.after(() => agents.forEach(notify));
          for (const agent of agents)
            events.append(tx, 'agent.changed', { agent, data: { fields: ['projects'], by: caller } });
          deleteProject(tx.db, name);
          events.append(tx, 'project.removed', { data: { project: name, by: caller } });
          return agents;
        });
        await onProjectsChanged();
        return { name, left };
      },
    },
  } satisfies ModuleHandlers;
}

function refuseTaken(db: Db, name: ProjectName): void {
  const what = findProject(db, name) !== null ? 'a project' : agentExists(db, name) ? 'an agent' : null;
  if (what !== null)
    throw new HiveError(
      'duplicate_project',
      `There is ${what} "${name}" already. Projects and agents have different names: choose another one.`,
    );
}

function refuseUsed(db: Db, name: ProjectName): void {
  const agents = listMembers(db, name).map(({ agent }) => agent);
  if (agents.length === 0) return;
  throw new HiveError(
    'project_in_use',
    `These agents are in ${name}: ${agents.join(', ')}. Take it from each of them, or from all of them with its removal.`,
    { details: { command: `hivectl forge project rm ${name} --members ${name}` } },
  );
}

function viewProjects(db: Db, rows: readonly ProjectRow[]): ProjectView[] {
  const all = listMembers(db);
  return rows.map((row) => ({
    ...row,
    members: all.filter(({ project }) => project === row.name).map(({ agent, level }) => ({ agent, level })),
  }));
}

function viewOne(db: Db, row: ProjectRow): ProjectView {
  return { ...row, members: listMembers(db, row.name).map(({ agent, level }) => ({ agent, level })) };
}
