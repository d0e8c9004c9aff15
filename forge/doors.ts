import type { AgentName } from '../protocol/names.ts';
import type { Backend } from './backend/backend.ts';
import { createAgentApp, createOperatorApp } from './http/surface-apps.ts';
import type { ForgeCore } from './repositories/forge-core.ts';
import type { AgentLine, Roster } from './roster.ts';
import { runLatest } from './run-latest.ts';
import { type Listening, listenAt } from './sockets.ts';

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
      // hived may have made the directory anew: the old socket is out of reach.
      if (door !== null) inBackground(() => door.close());
      doors.set(name, await openAgentDoor(line));
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
