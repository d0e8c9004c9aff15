import { DEMO, isOwnApi, type ProviderKind, type ProviderName } from '../../protocol/providers.ts';
import type { NetworkAccess } from '../../protocol/proxy.ts';
import type { LoginReport } from '../../protocol/schemas/login.ts';
import type { GatewayControl, KeyReport } from '../../protocol/schemas/service.ts';
import type { Log } from '../../system/log.ts';
import type { Account, Answerer } from './accounts.ts';
import { createKeyGuard } from './key-guard.ts';
import { createKnownLogins, type KnownLogin } from './logins/known-logins.ts';
import { createKeyReports, type KeyReports } from './reports/key-reports.ts';
import { connectUpstream, type Upstream, type UpstreamTimes } from './upstream/connect-upstream.ts';
import { createKeyRedaction } from './upstream/redact.ts';

export type ProvidersLine = Extract<GatewayControl, { type: 'providers' }>;
type ProviderSetup = ProvidersLine['providers'][number];
type KeySetup = ProviderSetup['keys'][number];

/** An account with the reports about its key. */
interface OpenAccount {
  readonly provider: ProviderName;
  readonly account: Account;
  readonly setAt: number;
  readonly reports: KeyReports;
}

/** A provider that hived named, while it is named. */
export interface KnownProvider {
  readonly name: ProviderName;
  readonly kind: ProviderKind;
  readonly baseUrl: string;
  readonly upstream: Upstream;
  /** A new connection, for a test. */
  connect(baseUrl: string): Upstream;
}

/** The providers from hived's newest line, with their connections and the states of their keys. */
export interface KnownProviders {
  /** What did not change keeps its connections and its state; running calls of what is gone still finish. */
  replace(line: ProvidersLine): Answerer[];
  find(name: ProviderName): KnownProvider | null;
  /** Begins no renewal of a login any more; waits until the running ones are stored, for `ms` at most. */
  settle(ms: number): Promise<void>;
  close(): Promise<void>;
}

export function createKnownProviders(deps: {
  network: NetworkAccess;
  times: UpstreamTimes;
  now: () => number;
  /** An account that is gone, or has another key. */
  onRetired: (account: { provider: ProviderName; account: string }) => void;
  report: (report: KeyReport, signal: AbortSignal) => Promise<unknown>;
  reportLogin: (report: LoginReport, signal: AbortSignal) => Promise<unknown>;
  log: Log;
}): KnownProviders {
  const providers = new Map<ProviderName, KnownProvider>();
  const accounts = new Map<string, OpenAccount>();
  const accountOf = (provider: ProviderName, label: string) => `${provider} ${label}`;

  const connect = (baseUrl: string) => connectUpstream({ baseUrl, network: deps.network }, deps.times);
  const logins = createKnownLogins({ connect, report: deps.reportLogin, now: deps.now, log: deps.log });

  function openProvider({ name, kind, baseUrl }: ProviderSetup): KnownProvider {
    return { name, kind, baseUrl, upstream: connect(baseUrl), connect };
  }

  function openAccount(
    { name: provider, kind }: ProviderSetup,
    { label, key, setAt }: KeySetup,
    renewed: KnownLogin | null,
  ): OpenAccount {
    const reports = createKeyReports(deps.report);
    const guard = createKeyGuard({
      now: deps.now,
      tell(said) {
        const ended = said.state === 'refused' ? renewed?.login.ended : null;
        reports.add({ provider, key: label, ...said, ...(ended == null ? {} : { ended }) });
      },
    });
    const common = { label, guard, isOwnApi: isOwnApi(kind), renewed };
    if (renewed === null)
      return { provider, account: { ...common, key, redaction: createKeyRedaction(key) }, setAt, reports };
    const { login } = renewed;
    renewed.guards.add(guard);
    let redacted = { key: login.key, redaction: createKeyRedaction(login.key) };
    const account: Account = {
      ...common,
      login,
      get key() {
        return login.key;
      },
      get redaction() {
        if (redacted.key !== login.key) redacted = { key: login.key, redaction: createKeyRedaction(login.key) };
        return redacted.redaction;
      },
    };
    return { provider, account, setAt, reports };
  }

  /** hived's newest word about a login is heard also if its account stays. */
  function hearLogin({ kind, logins: places }: ProviderSetup, { key, login }: KeySetup): KnownLogin | null {
    return login === undefined || places === undefined ? null : logins.hear({ key, login }, { kind, ...places });
  }

  function keepProvider(setup: ProviderSetup): KnownProvider {
    const before = providers.get(setup.name);
    const isSame = before !== undefined && before.kind === setup.kind && before.baseUrl === setup.baseUrl;
    if (isSame) return before;
    before?.upstream.release();
    return openProvider(setup);
  }

  function keepAccount(setup: ProviderSetup, key: KeySetup): OpenAccount {
    const before = accounts.get(accountOf(setup.name, key.label));
    const isSameKey =
      before?.account.renewed == null
        ? key.login === undefined && before?.account.key === key.key
        : before.account.renewed.login.id === key.login?.id;
    const isSame =
      before !== undefined &&
      isSameKey &&
      before.setAt === key.setAt &&
      before.account.isOwnApi === isOwnApi(setup.kind);
    const renewed = hearLogin(setup, key);
    if (isSame) return before;
    if (before !== undefined) retire(before);
    return openAccount(setup, key, renewed);
  }

  /** Another key is another account: what is known of this one says nothing about it. */
  function retire({ provider, account, reports }: OpenAccount): void {
    account.guard.retire();
    if (account.renewed !== null) logins.leave(account.renewed, account.guard);
    reports.close();
    deps.onRetired({ provider, account: account.label });
  }

  function dropOthers(line: ProvidersLine): void {
    const named = new Map(line.providers.map((setup) => [setup.name, setup]));
    for (const [name, { upstream }] of providers) {
      if (named.has(name)) continue;
      upstream.release();
      providers.delete(name);
    }
    const labels = new Set(line.providers.flatMap(({ name, keys }) => keys.map(({ label }) => accountOf(name, label))));
    for (const [id, open] of accounts) {
      if (labels.has(id)) continue;
      retire(open);
      accounts.delete(id);
    }
    logins.keepOnly(new Set(line.providers.flatMap(({ keys }) => keys.flatMap(({ login }) => login?.id ?? []))));
  }

  function answererOf(setup: ProviderSetup): Answerer {
    const { name: provider, kind, keys, demo } = setup;
    const known = keepProvider(setup);
    providers.set(provider, known);
    const open = keys.map((key) => {
      const kept = keepAccount(setup, key);
      accounts.set(accountOf(provider, key.label), kept);
      return kept.account;
    });
    const [first, ...rest] = open;
    if (first === undefined) return { provider, kind, state: demo ? DEMO : 'no_key' };
    return { provider, kind, state: 'keys', accounts: [first, ...rest], upstream: known.upstream };
  }

  return {
    replace(line) {
      dropOthers(line);
      return line.providers.map(answererOf);
    },
    find: (name) => providers.get(name) ?? null,
    settle: logins.settle,
    async close() {
      for (const { reports } of accounts.values()) reports.close();
      await Promise.all([logins.close(), ...[...providers.values()].map(({ upstream }) => upstream.close())]);
    },
  };
}
