import { join } from 'node:path';
import type { ProxyChoice } from '../../protocol/proxy.ts';
import type { PriceRow } from '../../protocol/schemas/price.ts';
import type { Config } from './config/schema.ts';
import type { Places } from './config.ts';
import type { Users } from './node/users.ts';
import type { ServiceSpec } from './services/service-spec.ts';

const MIB = 1024 * 1024;

/** The complete environment of a service, with the PATH for its programs. */
export const SERVICE_ENV = { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', NODE_ENV: 'production' };

/** The hive's services: program, user, and first control line. */
export function serviceSpecs(hive: {
  config: Config;
  places: Places;
  users: Users;
  sqliteBinding: string | null;
  hiveId: string;
  proxy: ProxyChoice;
  caPem: string | null;
  prices: readonly PriceRow[];
  /** An id for the gateway that is about to start. */
  gatewayInstance: () => string;
}): ServiceSpec[] {
  const { config, places, users } = hive;
  const shared = (name: string, uid: number) => ({
    name,
    argv: [process.execPath, join(places.app, `${name}.mjs`)] as const,
    uid: users.separate ? uid : null,
    gid: users.separate ? uid : null,
    env: SERVICE_ENV,
    logFile: join(places.logs, `${name}.log`),
  });
  return [
    {
      ...shared('gateway', users.gateway),
      configure: () => ({
        type: 'configure',
        instance: hive.gatewayInstance(),
        reportSocket: places.gatewaySocket,
        hiveEgressSocket: places.hiveEgressSocket,
        network: {
          https: hive.proxy.https,
          http: hive.proxy.http,
          noProxy: hive.proxy.noProxy,
          caPem: hive.caPem,
        },
        maxBodyBytes: config.gateway.max_body_mb * MIB,
        prices: [...hive.prices],
      }),
    },
    {
      ...shared('forge', users.forge),
      configure: () => ({
        type: 'configure',
        dir: places.forge,
        operatorSocket: places.forgeSocket,
        tokenSocket: places.forgeTokenSocket,
        operatorGid: null,
        searchSocket: places.searchSocket,
        egressSocket: places.hiveEgressSocket,
        caPem: hive.caPem,
        maxPackBytes: config.forge.max_pack_mb * MIB,
        checks: {
          queueRuns: config.forge.queue_runs,
          artifactBytes: config.forge.artifacts_mb * MIB,
          artifactDays: config.forge.artifact_days,
          cacheBytes: config.forge.caches_mb * MIB,
        },
        sqliteBinding: hive.sqliteBinding,
      }),
    },
    {
      ...shared('dashboard', users.dashboard),
      configure: () => ({
        type: 'configure',
        hiveId: hive.hiveId,
        host: config.dashboard.host,
        port: config.dashboard.port,
        allowedHosts: config.dashboard.allowed_hosts,
        hivedSocket: places.dashboardSocket,
        forgeSocket: places.forgeSocket,
        forgeTokenSocket: places.forgeTokenSocket,
        webDir: join(places.app, 'web'),
      }),
    },
  ];
}
