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
 * Which provider each agent is on, and the key of each provider. A call asks when it arrives: a key that is taken away is
 * used by no call after that.
 */
export interface Accounts {
  /** What hived says of one provider; replaces what it said before. */
  set(account: Account): void;
  /** Which provider each agent is on. */
  assign(agents: readonly { name: AgentName; provider: ProviderName }[]): void;
  /** Waits, at most once and for `firstWordMs`, until hived has said who answers the agent. */
  of(agent: AgentName): Promise<Account>;
  /** The same for everybody who is on this provider. */
  ofProvider(provider: ProviderName): Promise<Account>;
}

/**
 * After a restart of the gateway hived tells everything again, line by line. Requests of that moment wait; nobody
 * answers before hived's word, so that the demo model never stands in for a provider whose key is still in the pipe.
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
      // The last call of an agent that is gone.
      if (provider === undefined) return { provider: DEFAULT_PROVIDER, state: 'not_told' };
      return ofProvider(provider);
    },
    ofProvider,
  };
}
