import type { AgentName } from '../../protocol/names.ts';
import type { Account, KeyedProvider } from './accounts.ts';
import { type AccountFacts, decideAccount, firstEnd } from './decide-account.ts';
import type { Hold, Holds } from './holds.ts';
import type { LeftBook } from './left.ts';
import { type CallClient, servesClient } from './serves-client.ts';

/** The account for a call, or why none of its provider's can be used. */
export type PickedAccount =
  | { readonly state: 'key'; readonly account: Account }
  | { readonly state: 'key_refused' | 'wrong_client' }
  | { readonly state: 'limited'; readonly hold: Hold };

/** Whether a provider's accounts can be used; `until`: when the first limit ends. Epoch milliseconds. */
export interface LookedAccounts {
  readonly state: 'key' | 'key_refused' | 'wrong_client' | 'limited';
  readonly until: number | null;
}

/** The call that needs an account. */
export interface PickingCall extends CallClient {
  readonly agent: AgentName;
  /** The models that share a limit with the requested one; null for a call that no limit holds. */
  readonly models: string | null;
}

export interface AccountPicker {
  /** What `pick` would find for these accounts now, without choosing one. */
  look(provider: KeyedProvider, call: Pick<PickingCall, 'models'>, accounts?: readonly Account[]): LookedAccounts;
  /** Accounts that were `tried` for this call already are left out. */
  pick(provider: KeyedProvider, call: PickingCall, tried?: ReadonlySet<string>): PickedAccount;
  /** Agents that are gone are on no account. */
  keepAgents(agents: ReadonlySet<AgentName>): void;
}

export function createAccountPicker(deps: {
  holds: Pick<Holds, 'find' | 'heldBy' | 'look'>;
  left: Pick<LeftBook, 'of'>;
}): AccountPicker {
  /** The account that each agent used last, by provider. */
  const lastOf = new Map<AgentName, Map<string, string>>();

  function factsOf({ provider }: KeyedProvider, account: Account, models: string | null): AccountFacts {
    const { label } = account;
    const calls = { provider, account: label, models: models ?? '' };
    const hold = models === null ? null : deps.holds.find(calls);
    return {
      label,
      state: account.guard.isRefused() ? 'refused' : hold === null ? 'free' : 'held',
      until: hold?.until ?? null,
      left: deps.left.of(calls),
      agents: [...lastOf.values()].filter((used) => used.get(provider) === label).length,
    };
  }

  function use(provider: KeyedProvider, account: Account, { agent }: PickingCall): PickedAccount {
    const used = lastOf.get(agent) ?? new Map<string, string>();
    used.set(provider.provider, account.label);
    lastOf.set(agent, used);
    return { state: 'key', account };
  }

  return {
    look(provider, { models }, accounts = provider.accounts) {
      if (accounts.length === 0) return { state: 'wrong_client', until: null };
      const facts = accounts.map((account) => factsOf(provider, account, models));
      const passes = ({ label, guard }: Account) =>
        !guard.isBarred() &&
        (models === null || deps.holds.look({ provider: provider.provider, account: label, models }) === null);
      if (facts.some(({ state }) => state === 'free') || accounts.some(passes)) return { state: 'key', until: null };
      const until = firstEnd(facts);
      return { state: until === null ? 'key_refused' : 'limited', until };
    },
    pick(provider, call, tried = new Set()) {
      const { models } = call;
      const kept = provider.accounts.filter(({ guard }) => !guard.isRetired());
      if (kept.length === 0) return { state: 'key_refused' };
      const own = kept.filter((account) => servesClient(account, call, provider.kind));
      if (own.length === 0) return { state: 'wrong_client' };
      const left = own.filter(({ label }) => !tried.has(label));
      const facts = left.map((account) => factsOf(provider, account, models));
      const chosen = decideAccount(facts, lastOf.get(call.agent)?.get(provider.provider) ?? null);
      const account = left.find(({ label }) => label === chosen);
      if (account !== undefined) return use(provider, account, call);
      // Now and then one call finds out whether a refusal or a long limit has ended.
      const probed = left.find(({ label, guard }) => {
        if (guard.bars()) return false;
        return models === null || deps.holds.heldBy({ provider: provider.provider, account: label, models }) === null;
      });
      if (probed !== undefined) return use(provider, probed, call);
      const until = firstEnd(facts);
      const held = facts.find((one) => one.until === until && until !== null);
      const hold =
        held === undefined || models === null
          ? null
          : deps.holds.find({ provider: provider.provider, account: held.label, models });
      return hold === null ? { state: 'key_refused' } : { state: 'limited', hold };
    },
    keepAgents(agents) {
      for (const agent of lastOf.keys()) if (!agents.has(agent)) lastOf.delete(agent);
    },
  };
}
