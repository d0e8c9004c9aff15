import { HiveError } from '../protocol/errors.ts';
import type { AgentName, RepoOwner } from '../protocol/names.ts';
import { createAgentApp, createOperatorApp } from './http/surface-apps.ts';
import type { ForgeCore } from './repositories/forge-core.ts';
import { runLatest } from './run-latest.ts';
import { type Listening, listenAt } from './sockets.ts';

interface AgentLine {
  readonly name: AgentName;
  readonly isManager: boolean;
  /** The path at which the forge listens for it. */
  readonly socket: string;
}

/** The forge's sockets: one for the operator, one for each agent. */
export interface Doors {
  /**
   * Makes sockets for who is new, drops those of who left. A socket that cannot be made is logged. Calls
   * take turns and the newest list counts: of those that wait, only the last one is carried out.
   * Resolves when a list at least as new has been carried out.
   */
  setAgents(agents: readonly AgentLine[]): Promise<void>;
  /** Takes no more connections; resolves when every request under way is answered. */
  close(): Promise<void>;
  /** Ends every connection now. */
  cut(): void;
}

export async function openDoors(
  core: ForgeCore,
  operator: { operatorSocket: string; operatorGid: number | null },
): Promise<Doors> {
  const agents = new Map<AgentName, { isManager: boolean; door: Listening | null }>();
  const isOwnerKnown = (owner: RepoOwner) =>
    owner === 'shared' || owner === 'hive' || owner === 'operator' || agents.has(owner);
  const { operatorSocket, operatorGid } = operator;
  const operatorDoor = await listenAt(createOperatorApp(core, isOwnerKnown), operatorSocket, operatorGid);

  /** Who a socket's requests come from; asked anew for each, since an agent can be made manager, or leave. */
  function callerNamed(name: AgentName) {
    const agent = agents.get(name);
    if (agent === undefined) throw new HiveError('unknown_agent');
    return { kind: 'agent' as const, name, isManager: agent.isManager };
  }

  async function openAgentDoor({ name, socket: path }: Pick<AgentLine, 'name' | 'socket'>): Promise<Listening | null> {
    try {
      return await listenAt(createAgentApp(core, { callerOf: () => callerNamed(name), isOwnerKnown }), path, null);
    } catch (error) {
      core.log.error({ agent: name, error: String(error) }, "an agent's socket could not be made");
      return null;
    }
  }

  const allDoors = () => [operatorDoor, ...[...agents.values()].flatMap(({ door }) => (door === null ? [] : [door]))];

  async function carryOut(wanted: readonly AgentLine[]): Promise<void> {
    const names = new Set(wanted.map(({ name }) => name));
    for (const [name, { door }] of agents) {
      if (names.has(name)) continue;
      agents.delete(name);
      if (door !== null) core.inBackground(() => door.close());
    }
    for (const { name, isManager, socket } of wanted) {
      const door = agents.get(name)?.door ?? null;
      agents.set(name, { isManager, door });
      if (door !== null && (await door.isReachable())) continue;
      // hived may have made the directory anew: the old socket is out of reach.
      if (door !== null) core.inBackground(() => door.close());
      agents.set(name, { isManager, door: await openAgentDoor({ name, socket }) });
    }
  }

  const runs = runLatest(carryOut);

  return {
    setAgents: (wanted) => runs.run(wanted),
    async close() {
      // A run under way would open sockets that nobody closes.
      await runs.end();
      await Promise.all(allDoors().map((door) => door.close()));
    },
    cut: () => {
      for (const door of allDoors()) door.cut();
    },
  };
}
