import type { AgentName } from '../protocol/names.ts';
import type { Backend } from './backend/backend.ts';
import { createAgentApp, createOperatorApp } from './http/surface-apps.ts';
import type { ForgeCore } from './repositories/forge-core.ts';
import type { AgentLine, Roster } from './roster.ts';
import { runLatest } from '../system/run-latest.ts';
import { type Listening, listenAt } from './sockets.ts';

/** The forge's sockets: one for the operator, one per agent. */
export interface Doors {
  /**
   * Creates sockets of new agents, closes those of destroyed ones. A socket that cannot be created is logged. Calls
   * are serialized and coalesced: of the waiting lists, only the newest is applied. Resolves when a list at least as
   * new has been applied.
   */
  setAgents(agents: readonly AgentLine[]): Promise<void>;
  /** Accepts no more connections; resolves when every open request is answered. */
  close(): Promise<void>;
  /** Closes every connection now. */
  cut(): void;
}

export async function openDoors(
  parts: { backend: Backend; roster: Roster } & Pick<ForgeCore, 'log' | 'inBackground'>,
  operator: { operatorSocket: string; operatorGid: number | null },
): Promise<Doors> {
  const { backend, roster, log, inBackground } = parts;
  const doors = new Map<AgentName, Listening | null>();
  const operatorDoor = await listenAt(createOperatorApp(backend, log), operator.operatorSocket, operator.operatorGid);

  async function openAgentDoor({ name, socket: path }: AgentLine): Promise<Listening | null> {
    try {
      return await listenAt(
        createAgentApp(backend, log, () => roster.callerNamed(name)),
        path,
        null,
      );
    } catch (error) {
      log.error({ agent: name, err: error }, "an agent's socket could not be made");
      return null;
    }
  }

  const allDoors = () => [operatorDoor, ...[...doors.values()].filter((door) => door !== null)];

  async function carryOut(wanted: readonly AgentLine[]): Promise<void> {
    roster.set(wanted);
    const names = new Set(wanted.map(({ name }) => name));
    for (const [name, door] of doors) {
      if (names.has(name)) continue;
      doors.delete(name);
      if (door !== null) inBackground(() => door.close());
    }
    for (const line of wanted) {
      const { name } = line;
      const door = doors.get(name) ?? null;
      if (door !== null && (await door.isOurs())) continue;
      // hived may have recreated the directory: the old socket is unreachable.
      if (door !== null) inBackground(() => door.close());
      doors.set(name, await openAgentDoor(line));
    }
  }

  const runs = runLatest(carryOut);

  return {
    setAgents: (wanted) => runs.run(wanted),
    async close() {
      // A running update would open sockets that nobody closes.
      await runs.end();
      await Promise.all(allDoors().map((door) => door.close()));
    },
    cut: () => {
      for (const door of allDoors()) door.cut();
    },
  };
}
