import { HiveError } from '../../../protocol/errors.ts';
import type { operatorSetup } from '../../../protocol/operations/operator-setup.ts';
import { DEMO, PROVIDER_NAMES, type ProviderName } from '../../../protocol/providers.ts';
import type { agentSpecInput, AgentSpec } from '../../../protocol/schemas/agent.ts';
import type { z } from 'zod';
import type { Handlers } from '../../../wire/routes.ts';
import type { EventLog } from '../core/event-log.ts';
import { storageError, withRoom } from '../core/storage-error.ts';
import { listArchives } from '../modules/agents/archives.ts';
import type { DestroyDeps } from '../modules/agents/destroy.ts';
import { refuseAdminFields } from '../modules/agents/refuse-admin-fields.ts';
import { restoreAgent } from '../modules/agents/restore.ts';
import type { DiskWatch } from '../modules/disk/watch-disk.ts';
import type { ProviderKeys } from '../modules/providers/provider-keys.ts';
import type { ProviderState } from '../modules/providers/provider-state.ts';
import type { ProviderTests } from '../modules/providers/provider-tests.ts';
import type { OperatorCaller } from './operator-handlers.ts';

export interface SetupDeps {
  events: EventLog;
  destroy: DestroyDeps;
  completeSpec: (given: z.output<typeof agentSpecInput>) => AgentSpec;
  providerKeys: ProviderKeys;
  providers: Pick<ProviderState, 'of' | 'view' | 'chooseDemo'>;
  providerTests: Pick<ProviderTests, 'run'>;
  disk: Pick<DiskWatch, 'makeRoom'>;
  /** The gateway hears what there is of a provider now; its agents that were parked may go on. */
  onProviderChanged: (provider: ProviderName) => Promise<void>;
}

/** Providers' keys, and agents out of archives, for hivectl and the dashboard alike. */
export function handleSetup(deps: SetupDeps): Handlers<typeof operatorSetup, OperatorCaller> {
  const { events, providerKeys } = deps;
  return {
    getSpecDefaults: () => ({ spec: deps.completeSpec({}) }),
    async listProviders() {
      const rows = await Promise.all(
        PROVIDER_NAMES.map(async (name) => {
          const hasKey = (await providerKeys.read(name)) !== null;
          return { name, hasKey, setAt: hasKey ? await providerKeys.setAt(name) : null, active: hasKey };
        }),
      );
      // Where no spec says otherwise.
      const standsIn = deps.providers.view(deps.providers.of({})).name === DEMO;
      return { providers: [...rows, { name: DEMO, hasKey: false, setAt: null, active: standsIn }] };
    },
    async setProvider({ provider, key }, { caller }) {
      await withRoom(deps.disk.makeRoom, () => providerKeys.write(provider, key)).catch((error: unknown) => {
        throw storageError(error);
      });
      await deps.onProviderChanged(provider);
      await events.record('provider.changed', { data: { provider, hasKey: true, by: caller } });
      return { provider, hasKey: true as const };
    },
    async removeProvider({ provider }, { caller }) {
      const removed = await providerKeys.remove(provider);
      // First of all: a full disk must not keep a revoked key in use.
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
    listArchives: async () => ({ archives: await listArchives(deps.destroy.backups) }),
    async restoreAgent(input, { caller }) {
      refuseAdminFields(input.spec, caller);
      return { agent: await restoreAgent({ ...deps.destroy, completeSpec: deps.completeSpec }, input) };
    },
  };
}
