import type { FastifyInstance } from 'fastify';
import type { AgentName } from '../../protocol/names.ts';
import { gatewayReportSurface } from '../../protocol/operations/services.ts';
import type { GatewayControl, ProviderTest } from '../../protocol/schemas/service.ts';
import { connectSurface } from '../../wire/client.ts';
import { createAgentServer } from './agent-server.ts';
import { connectUpstream } from './anthropic/upstream.ts';
import type { GatewayLimits } from './config.ts';
import { type Log, nameError } from './log.ts';
import { type OwnSocket, ownSocket } from './own-socket.ts';
import { createKeyGuard, type KeyGuard } from './key-guard.ts';
import { createProviderSlot } from './provider.ts';
import { createKeyReports } from './reports/key-reports.ts';
import { createReports } from './reports/reports.ts';
import type { ServeDeps } from './serve-call.ts';
import { testProvider } from './test-provider.ts';

/**
 * The gateway, moved by hived's control lines:
 *
 *   new ── configure ──► serving ── drain ──► gone
 *                        agents, provider
 */
export interface Gateway {
  /** Does what a line says. Rejects when it is out of turn, which is a bug of hived's. */
  apply(line: GatewayControl): Promise<void>;
  /** Takes no new work, lets what is under way and the reports finish for up to `ms`, then closes everything. */
  drain(ms: number): Promise<void>;
}

export interface GatewayDeps {
  readonly limits: GatewayLimits;
  readonly log: Log;
  readonly now: () => number;
  readonly newId: () => string;
}

type Configure = Extract<GatewayControl, { type: 'configure' }>;
type KeyLine = Extract<GatewayControl, { type: 'provider' }>;

export function createGateway(deps: GatewayDeps): Gateway {
  let serving: Serving | null = null;
  const need = () => {
    if (serving === null) throw new Error('the first control line must be configure');
    return serving;
  };
  return {
    async apply(line) {
      switch (line.type) {
        case 'configure':
          if (serving !== null) throw new Error('configured twice');
          serving = startServing(line, deps);
          return;
        case 'agents':
          await need().replaceAgents(line.agents);
          return;
        case 'test':
          need().test(line.id);
          return;
        case 'provider':
          need().setKey(line);
          deps.log(
            'info',
            line.key !== null ? 'a key is set' : line.demo ? 'the demo model answers' : 'nobody answers',
            {
              provider: line.provider,
            },
          );
      }
    },
    drain: async (ms) => serving?.drain(ms),
  };
}

interface Serving {
  /** Asks the provider and reports what came of it; nobody waits for it here. */
  test(id: string): void;
  setKey(line: KeyLine): void;
  replaceAgents(agents: readonly ServedAgent[]): Promise<void>;
  drain(ms: number): Promise<void>;
}

const NO_KEY: ProviderTest = {
  ok: false,
  about: 'key',
  found: 'No key is set.',
  advice: 'Set one: hivectl provider set anthropic',
};

/** An agent and the path at which the gateway listens for it. */
type ServedAgent = Pick<Extract<GatewayControl, { type: 'agents' }>['agents'][number], 'name' | 'socket'>;

interface Served {
  readonly app: FastifyInstance;
  readonly socket: OwnSocket;
}

function startServing(configure: Configure, deps: GatewayDeps): Serving {
  const { limits, log } = deps;
  const hived = connectSurface(gatewayReportSurface, configure.reportSocket, { connections: 1 });
  const way = { baseUrl: configure.anthropicBaseUrl, network: configure.network };
  const connect = () => connectUpstream(way, limits);
  const upstream = connect();
  const provider = createProviderSlot(limits.firstWordMs);
  const reports = createReports({
    send: (batch, signal) =>
      hived.call(
        'reportUsage',
        {
          instance: configure.instance,
          started: batch.flatMap((one) => ('started' in one ? [one.started] : [])),
          records: batch.flatMap((one) => ('ended' in one ? [one.ended] : [])),
        },
        { signal },
      ),
    log,
    capacity: limits.reports,
  });
  const keyReports = createKeyReports((report, signal) => hived.call('reportKey', report, { signal }));
  let guard: KeyGuard | null = null;
  const serve: ServeDeps = {
    ...deps,
    provider,
    upstream,
    reports,
    maxBodyBytes: configure.maxBodyBytes,
    demoBodyBytes: limits.demoBodyBytes,
  };
  const served = new Map<AgentName, Served>();
  /** Servers whose socket is gone, with calls under way. */
  const leaving = new Map<FastifyInstance, Promise<void>>();

  async function begin({ name, socket: path }: ServedAgent): Promise<void> {
    const app = createAgentServer(name, { ...serve, limits });
    try {
      const socket = await ownSocket(app, path);
      served.set(name, { app, socket });
    } catch (error) {
      // One agent's missing directory must not take the others' gateway away.
      log('error', 'cannot listen on the socket of an agent', { agent: name, reason: nameError(error) });
      await app.close();
    }
  }

  async function end(name: AgentName, { app, socket }: Served): Promise<void> {
    served.delete(name);
    await socket.remove();
    const closed = Promise.resolve(app.close()).finally(() => leaving.delete(app));
    leaving.set(app, closed);
  }

  async function runTest(id: string): Promise<void> {
    const used = await provider.current();
    const tested = used.name === 'anthropic' ? await testProvider({ connect, key: used.key }, way) : null;
    if (used.name === 'anthropic' && tested !== null && tested.status !== null) used.guard.hearTest(tested.status);
    const result = tested?.result ?? NO_KEY;
    log('info', 'the provider was tested', { ok: result.ok, about: result.about });
    await hived.call('reportTest', { id, result });
  }

  return {
    test(id) {
      runTest(id).catch((error: unknown) => log('warn', 'a test was not reported', { reason: nameError(error) }));
    },
    setKey({ provider: name, key, demo }) {
      guard?.retire();
      guard = null;
      if (key === null) return provider.set(demo ? { name: 'demo' } : { name: 'none', why: 'no_key' });
      guard = createKeyGuard({ now: deps.now, tell: (said) => keyReports.add({ provider: name, ...said }) });
      provider.set({ name, key, guard });
    },
    async replaceAgents(agents) {
      const names = new Set(agents.map(({ name }) => name));
      for (const [name, old] of served) if (!names.has(name) || !(await old.socket.isOurs())) await end(name, old);
      await Promise.all(agents.filter(({ name }) => !served.has(name)).map(begin));
    },
    async drain(ms) {
      const until = deps.now() + ms;
      await Promise.all([...served].map(([name, old]) => end(name, old)));
      const force = setTimeout(() => {
        for (const app of leaving.keys()) app.server.closeAllConnections();
      }, ms);
      await Promise.all(leaving.values());
      clearTimeout(force);
      const lost = await reports.flush(Math.max(0, until - deps.now()));
      if (lost > 0) log('error', 'reports are lost: hived did not come back in time', { lost });
      reports.close();
      keyReports.close();
      await Promise.all([hived.close(), upstream.close()]);
    },
  };
}
