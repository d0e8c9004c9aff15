import type { KeyGuard } from './key-guard.ts';

/** Who answers the next request: Anthropic, with this key; the demo model; or nobody, and why. */
export type Provider =
  | { readonly name: 'anthropic'; readonly key: string; readonly guard: KeyGuard }
  | { readonly name: 'demo' }
  | { readonly name: 'none'; readonly why: 'no_key' | 'not_told' };

/**
 * Which provider is in use. A request asks once, when it arrives: a key that is taken away is used
 * by no request after that.
 */
export interface ProviderSlot {
  set(provider: Provider): void;
  /** Waits, at most once and for `firstWordMs`, until hived has said who answers. */
  current(): Promise<Provider>;
}

/**
 * After a restart of the gateway hived tells everything again, line by line. Requests of that moment wait; nobody
 * answers before hived's word, so that the demo model never stands in for a provider whose key is still in the pipe.
 */
export function createProviderSlot(firstWordMs: number): ProviderSlot {
  let provider: Provider = { name: 'none', why: 'not_told' };
  let markTold: () => void;
  const told = new Promise<void>((resolve) => {
    markTold = resolve;
  });
  const timer = setTimeout(() => markTold(), firstWordMs);
  return {
    set(next) {
      provider = next;
      clearTimeout(timer);
      markTold();
    },
    async current() {
      await told;
      return provider;
    },
  };
}
