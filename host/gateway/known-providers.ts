import { DEMO, isOwnApi, type ProviderKind, type ProviderName } from '../../protocol/providers.ts';
import type { NetworkAccess } from '../../protocol/proxy.ts';
import type { GatewayControl, KeyReport } from '../../protocol/schemas/service.ts';
import type { Account, Answerer } from './accounts.ts';
import { createKeyGuard } from './key-guard.ts';
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
  connect(): Upstream;
}

/** The providers from hived's newest line, with their connections and the states of their keys. */
export interface KnownProviders {
  /** What did not change keeps its connections and its state; running calls of what is gone still finish. */
  replace(line: ProvidersLine): Answerer[];
  find(name: ProviderName): KnownProvider | null;
  close(): Promise<void>;
}

export function createKnownProviders(deps: {
  network: NetworkAccess;
  times: UpstreamTimes;
  now: () => number;
  /** An account that is gone, or has another key. */
  onRetired: (account: { provider: ProviderName; account: string }) => void;
  report: (report: KeyReport, signal: AbortSignal) => Promise<unknown>;
}): KnownProviders {
  const providers = new Map<ProviderName, KnownProvider>();
  const accounts = new Map<string, OpenAccount>();
  const accountOf = (provider: ProviderName, label: string) => `${provider} ${label}`;

  function openProvider({ name, kind, baseUrl }: ProviderSetup): KnownProvider {
    const connect = () => connectUpstream({ baseUrl, network: deps.network }, deps.times);
    return { name, kind, baseUrl, upstream: connect(), connect };
  }

  function openAccount({ name: provider, kind }: ProviderSetup, { label, key, setAt }: KeySetup): OpenAccount {
    const reports = createKeyReports(deps.report);
    const guard = createKeyGuard({
      now: deps.now,
      tell: (said) => reports.add({ provider, key: label, ...said }),
    });
    const account = { label, key, guard, redaction: createKeyRedaction(key), isOwnApi: isOwnApi(kind) };
    return { provider, account, setAt, reports };
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
    const isSame =
      before !== undefined &&
      before.account.key === key.key &&
      before.setAt === key.setAt &&
      before.account.isOwnApi === isOwnApi(setup.kind);
    if (isSame) return before;
    if (before !== undefined) retire(before);
    return openAccount(setup, key);
  }

  /** Another key is another account: what is known of this one says nothing about it. */
  function retire({ provider, account, reports }: OpenAccount): void {
    account.guard.retire();
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
    async close() {
      for (const { reports } of accounts.values()) reports.close();
      await Promise.all([...providers.values()].map(({ upstream }) => upstream.close()));
    },
  };
}
