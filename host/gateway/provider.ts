/** Who answers the next request: Anthropic, with this key, or the demo model, when there is none. */
export type Provider = { readonly name: 'anthropic'; readonly key: string } | { readonly name: 'demo' };

/**
 * Which provider is in use. A request asks once, when it arrives: a key that is taken away is used
 * by no request after that.
 */
export interface ProviderSlot {
  set(key: string | null): void;
  /** Waits, at most once and for `firstWordMs`, until hived has said whether there is a key. */
  current(): Promise<Provider>;
}

/**
 * After a restart of the gateway hived tells everything again, line by line. Requests of that moment
 * wait, so that the demo model does not answer for a provider whose key is still in the pipe.
 */
export function createProviderSlot(firstWordMs: number): ProviderSlot {
  let provider: Provider = { name: 'demo' };
  let markTold: () => void;
  const told = new Promise<void>((resolve) => {
    markTold = resolve;
  });
  const timer = setTimeout(() => markTold(), firstWordMs);
  return {
    set(key) {
      provider = key === null ? { name: 'demo' } : { name: 'anthropic', key };
      clearTimeout(timer);
      markTold();
    },
    async current() {
      await told;
      return provider;
    },
  };
}
