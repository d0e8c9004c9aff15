import type { AgentName } from '../protocol/names.ts';
import type { Backend } from './backend/backend.ts';
import { createAgentApp, createOperatorApp } from './http/surface-apps.ts';
import { createTokenApp } from './http/token-app.ts';
import type { ForgeCore } from './repositories/forge-core.ts';
import type { AgentLine, Roster, RosterLine } from './roster.ts';
import { runLatest } from '../system/run-latest.ts';
import { type Listening, listenAt } from './sockets.ts';

/** The forge's sockets: one for the operator, one for callers with tokens, one per agent. */
export interface Endpoints {
  /**
   * Creates sockets of new agents, closes those of destroyed ones. A socket that cannot be created is logged. Calls
   * are serialized and coalesced: of the waiting lines, only the newest is applied. Resolves when a line at least as
   * new has been applied.
   */
  setRoster(line: RosterLine): Promise<void>;
  /** Accepts no more connections; resolves when every open request is answered. */
  close(): Promise<void>;
  /** Closes every connection now. */
  cut(): void;
}

export async function openEndpoints(
  parts: { backend: Backend; roster: Roster } & Pick<ForgeCore, 'log' | 'inBackground'>,
  places: { operatorSocket: string; operatorGid: number | null; tokenSocket: string },
): Promise<Endpoints> {
  const { backend, roster, log, inBackground } = parts;
  const endpoints = new Map<AgentName, Listening | null>();
  const operatorEndpoint = await listenAt(createOperatorApp(backend, log), places.operatorSocket, places.operatorGid);
  const tokenEndpoint = await listenAt(createTokenApp(backend, log), places.tokenSocket, places.operatorGid);

  async function openAgentEndpoint({ name, socket: path }: AgentLine): Promise<Listening | null> {
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

  const allEndpoints = () => [
    operatorEndpoint,
    tokenEndpoint,
    ...[...endpoints.values()].filter((endpoint) => endpoint !== null),
  ];

  async function carryOut(line: RosterLine): Promise<void> {
    roster.set(line);
    const wanted = line.agents;
    const names = new Set(wanted.map(({ name }) => name));
    for (const [name, endpoint] of endpoints) {
      if (names.has(name)) continue;
      endpoints.delete(name);
      if (endpoint !== null) inBackground(() => endpoint.close());
    }
    for (const agent of wanted) {
      const { name } = agent;
      const endpoint = endpoints.get(name) ?? null;
      if (endpoint !== null && (await endpoint.isOurs())) continue;
      // hived may have recreated the directory: the old socket is unreachable.
      if (endpoint !== null) inBackground(() => endpoint.close());
      endpoints.set(name, await openAgentEndpoint(agent));
    }
  }

  const runs = runLatest(carryOut);

  return {
    setRoster: (line) => runs.run(line),
    async close() {
      // A running update would open sockets that nobody closes.
      await runs.end();
      await Promise.all(allEndpoints().map((endpoint) => endpoint.close()));
    },
    cut: () => {
      for (const endpoint of allEndpoints()) endpoint.cut();
    },
  };
}
