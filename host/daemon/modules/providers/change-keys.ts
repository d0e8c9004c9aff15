import { HiveError } from '../../../../protocol/errors.ts';
import { isSetupToken, kindFacts, type ProviderKind, type ProviderName } from '../../../../protocol/providers.ts';
import type { EventLog } from '../../core/event-log.ts';
import { storageError, withRoom } from '../../core/storage-error.ts';
import { chooseLabel } from './choose-label.ts';
import type { ProviderKeys } from './provider-keys.ts';
import type { Provider, ProviderList } from './provider-list.ts';
import type { ProviderState } from './provider-state.ts';

export interface KeyChangeDeps {
  events: EventLog;
  providerKeys: ProviderKeys;
  providerList: ProviderList;
  providers: Pick<ProviderState, 'keysOf' | 'push' | 'unpark'>;
  /** Frees the disk's reserve for essential writes. */
  makeRoom: () => boolean;
}

/** Sets and forgets single keys of providers. To be called one at a time: each decides by what the one before has left. */
export function createKeyChanges(deps: KeyChangeDeps) {
  const { events, providerKeys, providerList: list, providers } = deps;

  /** Throws `storage_unavailable`. */
  const writeKey = (id: string, key: { label: string; key: string }) =>
    withRoom(deps.makeRoom, () => providerKeys.write(id, key)).catch((error: unknown) => {
      throw storageError(error);
    });

  /** Agents that were parked for a missing login or by the old key's limit may try again. */
  async function spread(changed: { provider: Provider; label: string }): Promise<void> {
    await providers.push(changed);
    await providers.unpark(changed.provider.name);
  }

  async function record(provider: ProviderName, by: string): Promise<void> {
    const hasKey = providers.keysOf(provider).length > 0;
    await events.record('provider.changed', { data: { provider, hasKey, by } });
  }

  return {
    writeKey,
    async set(
      name: ProviderName,
      wanted: { key: string; label: string | undefined; add: boolean; setupToken: boolean; by: string },
    ): Promise<{ label: string }> {
      const { key } = wanted;
      const provider = list.require(name);
      if (wanted.setupToken) requireSetupToken(provider.kind, key);
      const stored = await providerKeys.list(provider.id);
      const label = chooseLabel(
        stored.map((one) => one.label),
        { provider: name, label: wanted.label, add: wanted.add },
      );
      const same = stored.find((one) => one.key === key && one.label !== label);
      if (same !== undefined)
        throw new HiveError('duplicate_key', `${name} has this key already, with the label "${same.label}".`);
      await writeKey(provider.id, { label, key });
      await spread({ provider, label });
      await record(name, wanted.by);
      return { label };
    },
    /** Throws `unknown_key`. */
    async removeOne(provider: Provider, { label, by }: { label: string; by: string }): Promise<void> {
      const { id, name } = provider;
      const isGone = await providerKeys.remove(id, label);
      if (!isGone) {
        const known = providers.keysOf(name).map((one) => `"${one.label}"`);
        const has = known.length === 0 ? 'no key' : known.join(', ');
        throw new HiveError('unknown_key', `${name} has no key with the label "${label}". It has: ${has}.`);
      }
      await spread({ provider, label });
      await record(name, by);
    },
    /** Returns whether there was a key. */
    async removeAll(provider: Provider): Promise<boolean> {
      const keys = await providerKeys.list(provider.id);
      try {
        for (const { label } of keys) await providerKeys.remove(provider.id, label);
      } finally {
        // Before anything else, and also when a file could not be removed: a full disk must not keep a revoked key in use.
        for (const { label } of keys) await spread({ provider, label });
      }
      return keys.length > 0;
    },
  };
}

/** Throws `invalid_input` for a kind that has no such tokens, and for a key that is none. */
export function requireSetupToken(kind: ProviderKind, key: string): void {
  const { setupToken, label } = kindFacts(kind);
  if (setupToken === null) throw new HiveError('invalid_input', `${label} has no long-lived tokens of subscriptions.`);
  if (isSetupToken(kind, key)) return;
  throw new HiveError(
    'invalid_input',
    `This is not a token of "${setupToken.command}", which begins with ${setupToken.prefix}. A key of the API is set as a key: without --setup-token.`,
  );
}
