import { HiveError } from '../../../../protocol/errors.ts';
import { DEMO, PROVIDER_NAMES, type ProviderName } from '../../../../protocol/providers.ts';
import type { EventLog } from '../../core/event-log.ts';
import type { ModuleHandlers } from '../../core/module.ts';
import { storageError, withRoom } from '../../core/storage-error.ts';
import type { ProviderKeys } from './provider-keys.ts';
import type { ProviderState } from './provider-state.ts';
import type { ProviderTests } from './provider-tests.ts';

export interface ProviderHandlerDeps {
  events: EventLog;
  providerKeys: ProviderKeys;
  providers: Pick<ProviderState, 'of' | 'view' | 'chooseDemo'>;
  providerTests: Pick<ProviderTests, 'run'>;
  /** Frees the disk's reserve for essential writes. */
  makeRoom: () => boolean;
  /** Sends the provider's present setup to the gateway, and unparks its agents. */
  onProviderChanged: (provider: ProviderName) => Promise<void>;
}

/** Handlers of the operator's setup of model providers; usage-handlers.ts has those of the gateway's reports. */
export function handleProviders(deps: ProviderHandlerDeps) {
  const { events, providerKeys } = deps;
  return {
    operator: {
      async listProviders() {
        const rows = await Promise.all(
          PROVIDER_NAMES.map(async (name) => {
            const hasKey = (await providerKeys.read(name)) !== null;
            return { name, hasKey, setAt: hasKey ? await providerKeys.setAt(name) : null, active: hasKey };
          }),
        );
        // For specs that name no provider.
        const standsIn = deps.providers.view(deps.providers.of({})).name === DEMO;
        return { providers: [...rows, { name: DEMO, hasKey: false, setAt: null, active: standsIn }] };
      },
      async setProvider({ provider, key }, { caller }) {
        await withRoom(deps.makeRoom, () => providerKeys.write(provider, key)).catch((error: unknown) => {
          throw storageError(error);
        });
        await deps.onProviderChanged(provider);
        await events.record('provider.changed', { data: { provider, hasKey: true, by: caller } });
        return { provider, hasKey: true as const };
      },
      async removeProvider({ provider }, { caller }) {
        const removed = await providerKeys.remove(provider);
        // Before anything else: a full disk must not keep a revoked key in use.
        await deps.onProviderChanged(provider);
        if (removed) await events.record('provider.changed', { data: { provider, hasKey: false, by: caller } });
        return { provider, removed };
      },
      testProvider: ({ provider }) => deps.providerTests.run(provider),
      async useDemo(_input, { caller }) {
        const usual = deps.providers.of({});
        if (deps.providers.view(usual).hasKey)
          throw new HiveError('wrong_state', `A key is set. Forget it first: hivectl provider remove ${usual} --demo`);
        await deps.providers.chooseDemo();
        for (const provider of PROVIDER_NAMES) await deps.onProviderChanged(provider);
        await events.record('provider.changed', { data: { provider: DEMO, hasKey: false, by: caller } });
        return { provider: DEMO };
      },
    },
  } satisfies ModuleHandlers;
}
