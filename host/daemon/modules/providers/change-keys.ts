import { HiveError } from '../../../../protocol/errors.ts';
import { kindFacts, type ProviderKind, type ProviderName } from '../../../../protocol/providers.ts';
import type { EventLog } from '../../core/event-log.ts';
import { storageError, withRoom } from '../../core/storage-error.ts';
import { chooseLabel } from './choose-label.ts';
import type { ProviderKeys } from './provider-keys.ts';
import type { Provider, ProviderList } from './provider-list.ts';
import type { ProviderState } from './provider-state.ts';
import { type Credential, type GivenCredential, readCredential } from './read-credential.ts';

export interface KeyChangeDeps {
  events: EventLog;
  providerKeys: ProviderKeys;
  providerList: ProviderList;
  providers: Pick<ProviderState, 'keysOf' | 'push' | 'tellInterrupted' | 'unpark'>;
  clock: () => number;
  /** Frees the disk's reserve for essential writes. */
  makeRoom: () => boolean;
}

/** Sets and forgets single keys of providers. To be called one at a time: each decides by what the one before has left. */
export function createKeyChanges(deps: KeyChangeDeps) {
  const { events, providerKeys, providerList: list, providers } = deps;

  /** Throws `storage_unavailable`. */
  const writeKey = (id: string, key: Parameters<ProviderKeys['write']>[1]) =>
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

  /** Two accounts with one login would use its refresh token twice. Throws `duplicate_key`. */
  async function refuseImported({ login }: Credential): Promise<void> {
    if (login === null) return;
    for (const provider of list.all())
      for (const { label, login: known } of await providerKeys.list(provider.id))
        if (known !== null && (known.importedAs === login.importedAs || known.refresh === login.refresh))
          throw new HiveError(
            'duplicate_key',
            `This login was imported before (${provider.name}, label "${label}"), and the hive has renewed it or will: its file is of no more use. For another one: ${kindFacts(provider.kind).login?.command ?? 'log in again'}`,
          );
  }

  /** Reads what the operator gave. Throws `invalid_input` and `duplicate_key`. */
  async function read(kind: ProviderKind, given: GivenCredential): Promise<Credential> {
    const credential = readCredential(kind, given, deps.clock());
    await refuseImported(credential);
    return credential;
  }

  return {
    writeKey,
    read,
    async set(
      name: ProviderName,
      wanted: GivenCredential & { label: string | undefined; add: boolean; by: string },
    ): Promise<{ label: string }> {
      const provider = list.require(name);
      const { key, login } = await read(provider.kind, wanted);
      const stored = await providerKeys.list(provider.id);
      const label = chooseLabel(
        stored.map((one) => one.label),
        { provider: name, label: wanted.label, add: wanted.add },
      );
      const same = stored.find((one) => one.key === key && one.label !== label);
      if (same !== undefined)
        throw new HiveError('duplicate_key', `${name} has this key already, with the label "${same.label}".`);
      await writeKey(provider.id, { label, key, login });
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
