import { HiveError } from '../../../protocol/errors.ts';
import type { adminSurface, DoctorCheck } from '../../../protocol/operations/admin.ts';
import type { dashboardSurface } from '../../../protocol/operations/operator.ts';
import { DEMO, PROVIDER_NAMES, type ProviderName } from '../../../protocol/providers.ts';
import type { Handlers } from '../../../wire/routes.ts';
import type { EventLog } from '../core/event-log.ts';
import type { DiskWatch } from '../modules/disk/watch-disk.ts';
import { listArchives, removeArchive } from '../modules/agents/archives.ts';
import { restoreAgent } from '../modules/agents/restore.ts';
import type { ProviderKeys } from '../modules/providers/provider-keys.ts';
import type { ProviderState } from '../modules/providers/provider-state.ts';
import type { ProviderTests } from '../modules/providers/provider-tests.ts';
import { storageError, withRoom } from '../core/storage-error.ts';
import type { SignIns } from '../modules/operators/sign-ins.ts';
import { handleOperator, type OperatorCaller, type OperatorHandlerDeps } from './operator-handlers.ts';

export interface AdminHandlerDeps extends OperatorHandlerDeps {
  events: EventLog;
  signIns: SignIns;
  providerKeys: ProviderKeys;
  providers: Pick<ProviderState, 'of' | 'view' | 'chooseDemo'>;
  providerTests: Pick<ProviderTests, 'run'>;
  disk: Pick<DiskWatch, 'report' | 'makeRoom'>;
  dashboardUrl: () => string;
  /** The gateway hears what there is of a provider now; its agents that were parked may go on. */
  onProviderChanged: (provider: ProviderName) => Promise<void>;
  onShutdown: (options: { boxes: boolean }) => void;
  examine: () => Promise<DoctorCheck[]>;
}

/** What hivectl may ask. */
export function handleAdmin(deps: AdminHandlerDeps): Handlers<typeof adminSurface, OperatorCaller> {
  const { events, signIns, providerKeys } = deps;
  return {
    ...handleOperator(deps),
    shutdown({ boxes }) {
      deps.onShutdown({ boxes });
      return { pid: process.pid, stopping: true as const };
    },
    async makeLink(_input, { caller }) {
      const { token, expiresAt } = await signIns.makeLink(caller);
      return { url: `${deps.dashboardUrl()}/sign-in?token=${token}`, expiresAt };
    },
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
    async setProvider({ provider, key }) {
      await withRoom(deps.disk.makeRoom, () => providerKeys.write(provider, key)).catch((error: unknown) => {
        throw storageError(error);
      });
      await deps.onProviderChanged(provider);
      await events.record('provider.changed', { data: { provider, hasKey: true } });
      return { provider, hasKey: true as const };
    },
    async removeProvider({ provider }) {
      const removed = await providerKeys.remove(provider);
      // First of all: a full disk must not keep a revoked key in use.
      await deps.onProviderChanged(provider);
      if (removed) await events.record('provider.changed', { data: { provider, hasKey: false } });
      return { provider, removed };
    },
    testProvider: ({ provider }) => deps.providerTests.run(provider),
    async useDemo() {
      const usual = deps.providers.of({});
      if (deps.providers.view(usual).hasKey)
        throw new HiveError('wrong_state', `A key is set. Forget it first: hivectl provider remove ${usual} --demo`);
      await deps.providers.chooseDemo();
      for (const provider of PROVIDER_NAMES) await deps.onProviderChanged(provider);
      await events.record('provider.changed', { data: { provider: DEMO, hasKey: false } });
      return { provider: DEMO };
    },
    listArchives: async () => ({ archives: await listArchives(deps.destroy.backups) }),
    restoreAgent: async (input) => ({
      agent: await restoreAgent({ ...deps.destroy, completeSpec: deps.completeSpec }, input),
    }),
    async removeArchive({ archive }) {
      await removeArchive(deps.destroy.backups, archive);
      return { archive, removed: true as const };
    },
    disk: () => deps.disk.report('now'),
    doctor: async () => ({ checks: await deps.examine() }),
  };
}

/** What the dashboard process may ask: the operator's operations and sign-ins. */
export function handleDashboard(
  deps: OperatorHandlerDeps & { signIns: SignIns },
): Handlers<typeof dashboardSurface, OperatorCaller> {
  const { signIns } = deps;
  return {
    ...handleOperator(deps),
    redeemLink: ({ token }) => signIns.redeem(token),
    checkSession: ({ session }) => signIns.check(session),
    signOut: async ({ session }) => ({ ended: await signIns.end(session) }),
  };
}
