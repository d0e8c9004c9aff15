import { HIVE } from '../../protocol/hive-caller.ts';
import type { AgentName } from '../../protocol/names.ts';
import { gatewayReportSurface } from '../../protocol/operations/services.ts';
import type { NetworkAccess } from '../../protocol/proxy.ts';
import type { GatewayControl, ProviderTest } from '../../protocol/schemas/service.ts';
import { connectSurface } from '../../wire/client.ts';
import { connectFrames } from '../../wire/frames/connect-frames.ts';
import type { ProviderName } from '../../protocol/providers.ts';
import { type Account, createAccounts } from './accounts.ts';
import { createAgentServer } from './agent-server.ts';
import { countSockets, createAgentSockets } from './agent-sockets.ts';
import { modelsLike } from './call.ts';
import { reportBill } from './bills/report-bill.ts';
import { createBudgetBook } from './budgets/budget-book.ts';
import { createSpendGuard } from './budgets/spend-guard.ts';
import type { GatewayLimits } from './config.ts';
import { describeMoment } from './describe-moment.ts';
import { createEgress } from './egress/egress.ts';
import type { Log } from '../../system/log.ts';
import { createHolds } from './holds.ts';
import { nameError } from './name-error.ts';
import { createKnownProviders, type KnownProvider, type ProvidersLine } from './known-providers.ts';
import { createLeftBook } from './left.ts';
import { createOpenCalls } from './open-calls.ts';
import { createAccountPicker } from './pick-account.ts';
import { createPriceBook } from './pricing.ts';
import { firstProtocol } from './protocols/first-protocol.ts';
import { createFailures } from './models/failures.ts';
import { stateOf } from './models/state-of.ts';
import { createLimitReports } from './reports/limit-reports.ts';
import { createReports } from './reports/reports.ts';
import type { ServeDeps } from './serve-call.ts';
import { testLogin } from './logins/test-login.ts';
import { testProvider } from './test-provider.ts';

/**
 * The gateway, moved by hived's control lines:
 *
 *   new ── configure ──► serving ── drain ──► gone
 *                        agents, providers, quotas, injections, egress, budgets, entries, moment, test, bill
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
type QuotasLine = Extract<GatewayControl, { type: 'quotas' }>;
type InjectionsLine = Extract<GatewayControl, { type: 'injections' }>;
type EgressLine = Extract<GatewayControl, { type: 'egress' }>;
type BudgetsLine = Extract<GatewayControl, { type: 'budgets' }>;
type EntriesLine = Extract<GatewayControl, { type: 'entries' }>;
type MomentLine = Extract<GatewayControl, { type: 'moment' }>;
type BillLine = Extract<GatewayControl, { type: 'bill' }>;
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
        case 'quotas':
          need().setQuotas(line);
          return;
        case 'injections':
          need().setInjections(line);
          return;
        case 'egress':
          need().setEgress(line);
          return;
        case 'budgets':
          need().setBudgets(line);
          return;
        case 'entries':
          need().tellEntries(line);
          return;
        case 'moment':
          need().tellMoment(line);
          return;
        case 'bill':
          need().askBill(line);
          return;
        case 'test':
          need().test(line);
          return;
        case 'providers':
          need().setProviders(line);
          deps.log.info(
            { keys: Object.fromEntries(line.providers.map(({ name, keys }) => [name, keys.length])) },
            'the providers are set',
          );
      }
    },
    drain: async (ms) => serving?.drain(ms),
  };
}

interface Serving {
  /** Asks a provider for its figures and reports them asynchronously. */
  askBill(line: BillLine): void;
  /** Tests a provider and reports the result asynchronously. */
  test(line: TestLine): void;
  /** Reports the states of entries, asynchronously. */
  tellEntries(line: EntriesLine): void;
  /** Reports what the gateway does now, asynchronously. */
  tellMoment(line: MomentLine): void;
  setProviders(line: ProvidersLine): void;
  setBudgets(line: BudgetsLine): void;
  replaceAgents(agents: AgentsLine['agents']): Promise<void>;
  setQuotas(line: QuotasLine): void;
  setInjections(line: InjectionsLine): void;
  setEgress(line: EgressLine): void;
  drain(ms: number): Promise<void>;
}

function sayNoKey(provider: ProviderName): ProviderTest {
  return {
    ok: false,
    about: 'key',
    found: 'No key is set.',
    advice: 'Set one.',
    command: `hivectl provider set ${provider}`,
  };
}

function startServing(configure: Configure, deps: GatewayDeps): Serving {
  const { limits, log } = deps;
  const connect = () => connectSurface(gatewayReportSurface, configure.reportSocket, { connections: 1 });
  const hived = connect();
  // Every call reports its start while the provider is being asked: frames take a fraction of HTTP's processor time.
  const hivedForUsage = connectFrames(gatewayReportSurface, configure.reportSocket);
  // Not behind other reports: until hived has the tokens of a renewal, they are lost if this process dies.
  const hivedForLogins = connect();
  const { network } = configure;
  const accounts = createAccounts(limits.firstWordMs);
  const reports = createReports({
    send: (batch, signal) =>
      hivedForUsage.call('reportUsage', { instance: configure.instance, ...split(batch) }, { signal }),
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
  const failures = createFailures(deps.now);
  const left = createLeftBook(deps.now);
  const picker = createAccountPicker({ holds, left });
  const known = createKnownProviders({
    network,
    times: limits,
    now: deps.now,
    onRetired(account) {
      holds.forget(account);
      left.forget(account);
      failures.forget(account.provider);
    },
    report: (report, signal) => hived.call('reportKey', report, { signal }),
    reportLogin: (report, signal) => hivedForLogins.call('reportLogin', { report }, { signal }),
    log,
  });
  const book = createBudgetBook({ instance: configure.instance, holdMs: limits.budgetHoldMs });
  const spending = createSpendGuard({
    book,
    tell: (stop) => hived.call('reportBudgetStop', stop),
    tellMs: limits.limitReportMs,
    now: deps.now,
    log,
  });
  const openCalls = createOpenCalls();
  const startedAt = deps.now();
  let calls = 0;
  const serve: ServeDeps = {
    ...deps,
    accounts,
    reports,
    limitReports,
    holds,
    failures,
    left,
    picker,
    spending,
    openCalls,
    prices: createPriceBook(configure.prices),
    nextCall: () => (calls += 1),
    maxBodyBytes: configure.maxBodyBytes,
    demoBodyBytes: limits.demoBodyBytes,
  };
  const models = createAgentSockets<AgentName>(log, (name) => {
    const app = createAgentServer(name, { ...serve, limits });
    const countConnections = countSockets(app.server);
    return { listener: app, close: () => app.close(), cut: () => app.server.closeAllConnections(), countConnections };
  });
  const egress = createEgress({
    ...deps,
    network,
    send: (batch, signal) =>
      hived.call('reportConnections', { instance: configure.instance, ...split(batch) }, { signal }),
    instance: configure.instance,
    sendTraffic: (agents, signal) => hived.call('reportTraffic', { instance: configure.instance, agents }, { signal }),
    ask: (about) => hived.call('askEgress', about, { signal: AbortSignal.timeout(limits.limitReportMs) }),
    capacity: limits.reports,
  });

  async function runTest({ id, provider }: TestLine): Promise<void> {
    const answerer = await accounts.ofProvider(provider);
    const found = known.find(provider);
    const result =
      answerer.state === 'keys' && found !== null
        ? await testKeys(found, answerer.accounts, network)
        : sayNoKey(provider);
    log.info({ provider, ok: result.ok, about: result.about }, 'the provider was tested');
    await hived.call('reportTest', { id, result });
  }

  async function reportEntries({ id, entries }: EntriesLine): Promise<void> {
    const states = entries.map(async ({ provider, model }) => {
      const answerer = await accounts.ofProvider(provider);
      const models = answerer.kind === null ? model : modelsLike(firstProtocol(answerer.kind), model);
      return stateOf({ answerer, calls: { provider, models }, isPaid: true }, { picker, failures });
    });
    await hived.call('reportEntries', { id, states: await Promise.all(states) });
  }

  return {
    tellEntries(line) {
      reportEntries(line).catch((error: unknown) =>
        log.warn({ reason: nameError(error) }, 'the states of entries were not reported'),
      );
    },
    tellMoment({ id }) {
      hived
        .call('reportMoment', { id, moment: describeMoment({ startedAt, models, egress, openCalls, holds }) })
        .catch((error: unknown) =>
          log.warn({ reason: nameError(error) }, 'what the gateway does now was not reported'),
        );
    },
    askBill(line) {
      reportBill(line, { find: known.find, network, send: (report) => hived.call('reportBill', report), log }).catch(
        (error: unknown) => log.warn({ reason: nameError(error) }, "a provider's figures were not reported"),
      );
    },
    test(line) {
      runTest(line).catch((error: unknown) => log.warn({ reason: nameError(error) }, 'a test was not reported'));
    },
    setProviders: (line) => accounts.replace(known.replace(line)),
    setBudgets: book.replace,
    async replaceAgents(agents) {
      accounts.assign(agents);
      await models.replace(agents);
      await egress.replaceAgents([
        { name: HIVE, socket: configure.hiveEgressSocket },
        ...agents.map(({ name, egressSocket }) => ({ name, socket: egressSocket })),
      ]);
      const names = new Set(agents.map(({ name }) => name));
      spending.keepAgents(names);
      picker.keepAgents(names);
    },
    setQuotas: egress.setQuotas,
    setInjections: egress.setInjections,
    setEgress: ({ agents }) => egress.setRules(agents),
    async drain(ms) {
      const until = deps.now() + ms;
      // A refresh token is valid once: what came for it must not be lost with this process.
      await Promise.all([models.drain(ms), egress.drain(ms), known.settle(ms)]);
      const left = Math.max(0, until - deps.now());
      const lost = (await reports.flush(left)) + (await egress.flush(left));
      if (lost > 0) log.error({ lost }, 'reports are lost: hived did not come back in time');
      reports.close();
      limitReports.close();
      egress.close();
      hivedForUsage.close();
      await Promise.all([hived.close(), hivedForLogins.close(), known.close()]);
    },
  };
}

/** Reports of what began and of what ended, in the form of hived's operations. */
function split<S, E>(batch: readonly ({ readonly started: S } | { readonly ended: E })[]) {
  return {
    started: batch.flatMap((one) => ('started' in one ? [one.started] : [])),
    records: batch.flatMap((one) => ('ended' in one ? [one.ended] : [])),
  };
}

/** Tests each key; the first one at fault is the result. */
async function testKeys(
  provider: KnownProvider,
  accounts: readonly Account[],
  network: NetworkAccess,
): Promise<ProviderTest> {
  const { name, kind, baseUrl, connect } = provider;
  const tests = await Promise.all(
    accounts.map(async (account) => {
      const way = { provider: name, kind, protocol: firstProtocol(kind), baseUrl, network };
      const { renewed } = account;
      const url = renewed?.baseUrl ?? baseUrl;
      const asked = { connect: () => connect(url), account };
      const { result, answer } =
        renewed === null
          ? await testProvider(asked, way)
          : await testLogin(renewed.login, asked, { ...way, baseUrl: url });
      if (answer !== null) account.guard.hearTest(answer.status, answer.refusal);
      return accounts.length > 1 && result.about === 'key'
        ? { ...result, found: `Key "${account.label}": ${result.found}` }
        : result;
    }),
  );
  const [first] = tests;
  if (first === undefined) return sayNoKey(name);
  return tests.find(({ ok }) => !ok) ?? first;
}
