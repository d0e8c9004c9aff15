import { gatewayReportSurface } from '../../protocol/operations/services.ts';
import type { GatewayControl, ProviderTest } from '../../protocol/schemas/service.ts';
import { connectSurface } from '../../wire/client.ts';
import { DEMO, PROVIDER_NAMES, type ProviderName, providerFacts } from '../../protocol/providers.ts';
import { createAccounts } from './accounts.ts';
import { createAgentServer } from './agent-server.ts';
import { createAgentSockets } from './agent-sockets.ts';
import { createBudgetBook } from './budgets/budget-book.ts';
import { createSpendGuard } from './budgets/spend-guard.ts';
import type { GatewayLimits } from './config.ts';
import { createEgress } from './egress/egress.ts';
import type { Log } from '../../system/log.ts';
import { createHolds } from './holds.ts';
import { nameError } from './name-error.ts';
import { createKeyGuard, type KeyGuard } from './key-guard.ts';
import type { Protocol } from './protocols/protocol.ts';
import { PROTOCOLS } from './protocols/protocols.ts';
import { createKeyReports, type KeyReports } from './reports/key-reports.ts';
import { createLimitReports } from './reports/limit-reports.ts';
import { createReports } from './reports/reports.ts';
import type { ServeDeps } from './serve-call.ts';
import { testProvider } from './test-provider.ts';
import { connectUpstream, type Upstream } from './upstream/connect-upstream.ts';

/**
 * The gateway, moved by hived's control lines:
 *
 *   new ── configure ──► serving ── drain ──► gone
 *                        agents, provider, egress, test
 */
export interface Gateway {
  /** Applies a control line. Rejects when it is out of order, which is a bug of hived. */
  apply(line: GatewayControl): Promise<void>;
  /** Accepts no new work, lets running calls and reports finish for up to `ms`, then closes everything. */
  drain(ms: number): Promise<void>;
}

export interface GatewayDeps {
  readonly limits: GatewayLimits;
  readonly log: Log;
  readonly now: () => number;
  readonly newId: () => string;
}

type Configure = Extract<GatewayControl, { type: 'configure' }>;
type AgentsLine = Extract<GatewayControl, { type: 'agents' }>;
type KeyLine = Extract<GatewayControl, { type: 'provider' }>;
type EgressLine = Extract<GatewayControl, { type: 'egress' }>;
type BudgetsLine = Extract<GatewayControl, { type: 'budgets' }>;
type TestLine = Extract<GatewayControl, { type: 'test' }>;

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
        case 'egress':
          need().setEgress(line);
          return;
        case 'budgets':
          need().setBudgets(line);
          return;
        case 'test':
          need().test(line);
          return;
        case 'provider':
          need().setKey(line);
          deps.log.info(
            {
              provider: line.provider,
            },
            line.key !== null ? 'a key is set' : line.demo ? 'the demo model stands in' : 'no key is set',
          );
      }
    },
    drain: async (ms) => serving?.drain(ms),
  };
}

interface Serving {
  /** Tests a provider and reports the result asynchronously. */
  test(line: TestLine): void;
  setKey(line: KeyLine): void;
  setBudgets(line: BudgetsLine): void;
  replaceAgents(agents: AgentsLine['agents']): Promise<void>;
  setEgress(line: EgressLine): void;
  drain(ms: number): Promise<void>;
}

function sayNoKey(provider: ProviderName): ProviderTest {
  return { ok: false, about: 'key', found: 'No key is set.', advice: `Set one: hivectl provider set ${provider}` };
}

/** The state of each provider while the gateway serves. */
interface Line {
  readonly connect: () => Upstream;
  readonly upstream: Upstream;
  readonly keyReports: KeyReports;
  /** The state of its key at the provider; null without one. */
  guard: KeyGuard | null;
}

function startServing(configure: Configure, deps: GatewayDeps): Serving {
  const { limits, log } = deps;
  const hived = connectSurface(gatewayReportSurface, configure.reportSocket, { connections: 1 });
  const { network, baseUrls } = configure;
  const accounts = createAccounts(limits.firstWordMs);
  const lines = new Map(PROVIDER_NAMES.map((provider) => [provider, openLine(provider)]));
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
  const limitReports = createLimitReports({
    send: (report, signal) => hived.call('reportLimit', report, { signal }),
    log,
    waitMs: limits.limitReportMs,
    now: deps.now,
  });
  const holds = createHolds(deps.now);
  const book = createBudgetBook({ instance: configure.instance, holdMs: limits.budgetHoldMs });
  const spending = createSpendGuard({
    book,
    tell: (stop) => hived.call('reportBudgetStop', stop),
    tellMs: limits.limitReportMs,
    now: deps.now,
    log,
  });
  let calls = 0;
  const serve: ServeDeps = {
    ...deps,
    accounts,
    reports,
    limitReports,
    holds,
    spending,
    nextCall: () => (calls += 1),
    maxBodyBytes: configure.maxBodyBytes,
    demoBodyBytes: limits.demoBodyBytes,
  };
  const models = createAgentSockets(log, (name) => {
    const app = createAgentServer(name, { ...serve, limits });
    return { listener: app, close: () => app.close(), cut: () => app.server.closeAllConnections() };
  });
  const egress = createEgress({
    ...deps,
    network,
    send: (records, signal) => hived.call('reportConnections', { records }, { signal }),
    ask: (about) => hived.call('askEgress', about, { signal: AbortSignal.timeout(limits.limitReportMs) }),
    capacity: limits.reports,
  });

  function openLine(provider: ProviderName): Line {
    const connect = () => connectUpstream({ baseUrl: baseUrls[provider], network }, limits);
    const keyReports = createKeyReports((report, signal) => hived.call('reportKey', report, { signal }));
    return { connect, upstream: connect(), keyReports, guard: null };
  }

  function lineOf(provider: ProviderName): Line {
    const line = lines.get(provider);
    if (line === undefined) throw new Error(`no line to ${provider}`);
    return line;
  }

  async function runTest({ id, provider }: TestLine): Promise<void> {
    const account = await accounts.ofProvider(provider);
    const way = { provider, protocol: protocolOf(provider), baseUrl: baseUrls[provider], network };
    const tested =
      account.state === 'key' ? await testProvider({ connect: lineOf(provider).connect, key: account.key }, way) : null;
    if (account.state === 'key' && tested?.answer != null)
      account.guard.hearTest(tested.answer.status, tested.answer.refusal);
    const result = tested?.result ?? sayNoKey(provider);
    log.info({ provider, ok: result.ok, about: result.about }, 'the provider was tested');
    await hived.call('reportTest', { id, result });
  }

  return {
    test(line) {
      runTest(line).catch((error: unknown) => log.warn({ reason: nameError(error) }, 'a test was not reported'));
    },
    setKey({ provider, key, demo }) {
      const line = lineOf(provider);
      line.guard?.retire();
      holds.forget(provider);
      line.guard = null;
      if (key === null) return accounts.set({ provider, state: demo ? DEMO : 'no_key' });
      const tell: Parameters<typeof createKeyGuard>[0]['tell'] = (said) => line.keyReports.add({ provider, ...said });
      line.guard = createKeyGuard({ now: deps.now, tell });
      accounts.set({ provider, state: 'key', key, guard: line.guard, upstream: line.upstream });
    },
    setBudgets: book.replace,
    async replaceAgents(agents) {
      accounts.assign(agents);
      await models.replace(agents);
      await egress.replaceAgents(agents.map(({ name, egressSocket }) => ({ name, socket: egressSocket })));
      spending.keepAgents(new Set(agents.map(({ name }) => name)));
    },
    setEgress: ({ agents }) => egress.setRules(agents),
    async drain(ms) {
      const until = deps.now() + ms;
      await Promise.all([models.drain(ms), egress.drain(ms)]);
      const left = Math.max(0, until - deps.now());
      const lost = (await reports.flush(left)) + (await egress.flush(left));
      if (lost > 0) log.error({ lost }, 'reports are lost: hived did not come back in time');
      reports.close();
      egress.close();
      for (const { keyReports } of lines.values()) keyReports.close();
      await Promise.all([hived.close(), ...[...lines.values()].map(({ upstream }) => upstream.close())]);
    },
  };
}

/** The first protocol that a provider speaks: its free call shows whether key and address are right. */
function protocolOf(provider: ProviderName): Protocol {
  const { protocols } = providerFacts(provider);
  const found = PROTOCOLS.find(({ name }) => protocols.includes(name));
  if (found === undefined) throw new Error(`the gateway speaks no protocol of ${provider}`);
  return found;
}
