import type { AgentName } from '../../protocol/names.ts';
import { DEFAULT_PROVIDER, type DEMO, type ProviderKind, type ProviderName } from '../../protocol/providers.ts';
import type { AgentModels } from '../../protocol/schemas/model.ts';
import type { KeyGuard } from './key-guard.ts';
import type { KeptLogin } from './logins/keep-login.ts';
import type { Credential } from './protocols/protocol.ts';
import type { Upstream } from './upstream/connect-upstream.ts';
import type { KeyRedaction } from './upstream/redact.ts';

/** One key of a provider, or a login. */
export interface Account extends Credential {
  readonly label: string;
  readonly guard: KeyGuard;
  readonly redaction: KeyRedaction;
  /** Of a login, which keeps `key` valid. */
  readonly renewed: AccountLogin | null;
}

/** A login, and the address at which it is used. */
export interface AccountLogin {
  readonly login: KeptLogin;
  readonly baseUrl: string;
  readonly upstream: Upstream;
}

/** Who answers an agent's next call: its provider with one of these accounts, the demo model in its place, or nobody, and why. */
export type Answerer =
  | { readonly provider: ProviderName; readonly state: 'not_told' | 'unknown'; readonly kind: null }
  | { readonly provider: ProviderName; readonly state: 'no_key' | typeof DEMO; readonly kind: ProviderKind }
  | KeyedProvider;

export interface KeyedProvider {
  readonly provider: ProviderName;
  readonly state: 'keys';
  readonly kind: ProviderKind;
  readonly accounts: readonly [Account, ...Account[]];
  readonly upstream: Upstream;
}

/** An agent, its provider, and the models that it may use: any, where none are given. */
export interface ServedModels {
  readonly name: AgentName;
  readonly provider: ProviderName;
  readonly models?: AgentModels | undefined;
  /** The CLI of its driver; none for a program of the operator's choice. */
  readonly cli?: string | undefined;
}

/**
 * Each agent's provider, and each provider's accounts. Looked up for every call, so that a removed key is used by no
 * later call.
 */
export interface Accounts {
  /** Sets every provider's accounts, from hived's control line. */
  replace(answerers: readonly Answerer[]): void;
  /** Assigns agents to providers. */
  assign(agents: readonly ServedModels[]): void;
  /** An agent's provider and models; null for a destroyed one. */
  modelsOf(agent: AgentName): ServedModels | null;
  /** Waits, at most once and for `firstWordMs`, until hived has sent the providers. */
  of(agent: AgentName): Promise<Answerer>;
  /** The same for all agents of this provider. */
  ofProvider(provider: ProviderName): Promise<Answerer>;
}

/**
 * After a restart of the gateway hived sends everything again, line by line. Requests wait until then, so that the
 * demo model never stands in for a provider whose key is still in the pipe.
 */
export function createAccounts(firstWordMs: number): Accounts {
  let known: ReadonlyMap<ProviderName, Answerer> | null = null;
  const served = new Map<AgentName, ServedModels>();
  const waiting = new Set<() => void>();
  let patient = true;
  const timer = setTimeout(() => {
    patient = false;
    wake();
  }, firstWordMs);
  timer.unref();

  function wake(): void {
    for (const resolve of waiting) resolve();
    waiting.clear();
  }

  async function ofProvider(provider: ProviderName): Promise<Answerer> {
    for (;;) {
      if (known !== null) return known.get(provider) ?? { provider, state: 'unknown', kind: null };
      if (!patient) return { provider, state: 'not_told', kind: null };
      await new Promise<void>((resolve) => void waiting.add(resolve));
    }
  }

  return {
    replace(answerers) {
      known = new Map(answerers.map((answerer) => [answerer.provider, answerer]));
      wake();
    },
    assign(agents) {
      served.clear();
      for (const agent of agents) served.set(agent.name, agent);
    },
    modelsOf: (agent) => served.get(agent) ?? null,
    async of(agent) {
      const provider = served.get(agent)?.provider;
      // The last call of a destroyed agent.
      if (provider === undefined) return { provider: DEFAULT_PROVIDER, state: 'not_told', kind: null };
      return ofProvider(provider);
    },
    ofProvider,
  };
}
