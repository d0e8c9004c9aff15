import type { AgentName } from '../../protocol/names.ts';
import { DEFAULT_PROVIDER, type DEMO, type ProviderName } from '../../protocol/providers.ts';
import type { KeyGuard } from './key-guard.ts';
import type { Upstream } from './upstream/connect-upstream.ts';

/** Who answers an agent's next call: its provider with this key, the demo model in its place, or nobody, and why. */
export type Account =
  | { readonly provider: ProviderName; readonly state: 'not_told' | 'no_key' | typeof DEMO }
  | {
      readonly provider: ProviderName;
      readonly state: 'key';
      readonly key: string;
      readonly guard: KeyGuard;
      readonly upstream: Upstream;
    };

/**
 * Each agent's provider, and each provider's key. Looked up for every call, so that a removed key is used by no later
 * call.
 */
export interface Accounts {
  /** Sets one provider's account from hived's control line. */
  set(account: Account): void;
  /** Assigns agents to providers. */
  assign(agents: readonly { name: AgentName; provider: ProviderName }[]): void;
  /** Waits, at most once and for `firstWordMs`, until hived has sent the agent's account. */
  of(agent: AgentName): Promise<Account>;
  /** The same for all agents of this provider. */
  ofProvider(provider: ProviderName): Promise<Account>;
}

/**
 * After a restart of the gateway hived sends everything again, line by line. Requests wait until then, so that the
 * demo model never stands in for a provider whose key is still in the pipe.
 */
export function createAccounts(firstWordMs: number): Accounts {
  const known = new Map<ProviderName, Account>();
  const providers = new Map<AgentName, ProviderName>();
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

  async function ofProvider(provider: ProviderName): Promise<Account> {
    for (;;) {
      const account = known.get(provider);
      if (account !== undefined) return account;
      if (!patient) return { provider, state: 'not_told' };
      await new Promise<void>((resolve) => void waiting.add(resolve));
    }
  }

  return {
    set(account) {
      known.set(account.provider, account);
      wake();
    },
    assign(agents) {
      providers.clear();
      for (const { name, provider } of agents) providers.set(name, provider);
    },
    async of(agent) {
      const provider = providers.get(agent);
      // The last call of a destroyed agent.
      if (provider === undefined) return { provider: DEFAULT_PROVIDER, state: 'not_told' };
      return ofProvider(provider);
    },
    ofProvider,
  };
}
