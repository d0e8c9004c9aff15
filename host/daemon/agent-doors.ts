import { DRIVERS } from '../../protocol/drivers/drivers.ts';
import { type AgentName, MANAGER } from '../../protocol/names.ts';
import type { agentSurface } from '../../protocol/operations/agent.ts';
import type { Log } from '../../system/log.ts';
import type { Handlers } from '../../wire/routes.ts';
import { listAgents } from './modules/agents/queries.ts';
import { listProjects } from './modules/projects/queries.ts';
import { cleanInput } from './core/clean-input.ts';
import { listModels } from './modules/providers/resolve-models.ts';
import type { Core } from './open-core.ts';
import type { Parts } from './open-parts.ts';
import { serveAgents } from './surfaces/listen.ts';

/** The sockets through which agents reach hived, and the notifications of gateway and forge about theirs. */
export interface AgentDoors {
  /**
   * Opens and closes sockets after agents were created or destroyed, gives new agents their secrets, and notifies the
   * services. Throws when the socket
   * of `concerned` cannot be opened; a failure for another agent is only logged.
   */
  sync(concerned?: AgentName): Promise<void>;
  close(): Promise<void>;
}

export async function openAgentDoors(
  hive: { core: Core; parts: Pick<Parts, 'agentSecrets' | 'egress' | 'services' | 'providers' | 'found'>; log: Log },
  handlers: Handlers<typeof agentSurface, AgentName>,
): Promise<AgentDoors> {
  const { db, node, users, memory, secrets } = hive.core;
  const { agentSecrets, egress, services, providers, found } = hive.parts;
  const sockets = await serveAgents(hive.log, handlers, {
    memory,
    clean: cleanInput(secrets, found),
    list: () =>
      listAgents(db).map((row) => ({
        name: row.name,
        path: node.socketOf(row.name, 'hived'),
        gid: users.separate ? users.agent(row.id) : undefined,
      })),
  });

  function tellServices(): void {
    services.send('gateway', {
      type: 'agents',
      agents: listAgents(db).map(({ name, spec, toldModel }) => ({
        name,
        socket: node.socketOf(name, 'gateway'),
        egressSocket: node.egressSocketOf(name),
        provider: providers.of(spec),
        cli: DRIVERS[spec.driver].cli ?? undefined,
        models: listModels(spec, { resolved: providers.modelOf(spec), greeted: toldModel }),
      })),
    });
    egress.push();
    services.send('forge', {
      type: 'agents',
      agents: listAgents(db).map(({ name, parent, spec, createdAt }) => ({
        name,
        parent,
        madeAt: createdAt,
        role: spec.role,
        isManager: name === MANAGER,
        projects: spec.projects ?? {},
        socket: node.socketOf(name, 'forge'),
      })),
      projects: listProjects(db).map(({ name }) => name),
    });
  }

  return {
    async sync(concerned) {
      const failed = await sockets.sync();
      for (const [agent, err] of failed) hive.log.error({ err, agent }, "an agent's socket could not be opened");
      tellServices();
      await agentSecrets
        .deliver()
        .catch((err: unknown) => hive.log.error({ err }, 'secrets could not be given to agents'));
      if (concerned !== undefined && failed.has(concerned)) throw failed.get(concerned);
    },
    close: sockets.close,
  };
}
