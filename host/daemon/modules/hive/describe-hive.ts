import type { OpOutput } from '../../../../protocol/op.ts';
import type { operatorSurface } from '../../../../protocol/operations/operator.ts';
import type { ProviderName } from '../../../../protocol/providers.ts';
import { VERSION } from '../../../../protocol/version.ts';
import type { Db } from '../../../../store/open-store.ts';
import { lastSeq } from '../../core/store/events.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { Services } from '../../services/services.ts';
import { agentNames } from '../agents/queries.ts';
import type { DiskWatch } from '../disk/watch-disk.ts';
import type { ProviderState } from '../providers/provider-state.ts';

type HiveStatus = OpOutput<(typeof operatorSurface)['status']>;

/** The answer to `status`: the present state of the hive, its engine, its services and its disk. */
export async function describeHive(deps: {
  hive: Pick<HiveStatus, 'hiveId' | 'boot' | 'startedAt' | 'ready' | 'root' | 'dashboardUrl'> & {
    defaultProvider: ProviderName;
  };
  db: Db;
  runtime: Pick<Runtime, 'ping'>;
  services: Pick<Services, 'status'>;
  providers: Pick<ProviderState, 'view' | 'inUse'>;
  disk: Pick<DiskWatch, 'state'>;
}): Promise<HiveStatus> {
  const { db, runtime, providers } = deps;
  const engine = await runtime.ping();
  return {
    ...deps.hive,
    version: VERSION,
    pid: process.pid,
    engine: engine.ok
      ? { ok: true, version: engine.version, reason: null }
      : { ok: false, version: null, reason: engine.reason },
    services: deps.services.status(),
    provider: providers.view(deps.hive.defaultProvider),
    providers: Object.fromEntries(providers.inUse().map((name) => [name, providers.view(name)])),
    agents: agentNames(db).length,
    lastSeq: lastSeq(db),
    rssBytes: process.memoryUsage.rss(),
    disk: deps.disk.state(),
  };
}
