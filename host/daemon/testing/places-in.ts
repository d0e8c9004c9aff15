import { join } from 'node:path';
import type { Places } from '../config.ts';

/** All paths of a test's hive, below one directory. */
export function placesIn(home: string): Places {
  const at = (...parts: string[]) => join(home, ...parts);
  return {
    root: at('root'),
    run: at('run'),
    database: at('root/hive.db'),
    configFile: at('root/config.yaml'),
    secrets: at('root/secrets'),
    forge: at('root/forge'),
    backups: at('root/backups'),
    logs: at('root/logs'),
    blobs: at('root/blobs'),
    adminSocket: at('run/admin.sock'),
    dashboardSocket: at('run/dashboard.sock'),
    gatewaySocket: at('run/gateway.sock'),
    forgeSocket: at('run/forge/forge.sock'),
    forgeTokenSocket: at('run/forge/tokens.sock'),
    hiveEgressSocket: at('run/egress/egress.sock'),
    searchSocket: at('run/search.sock'),
    node: {
      agents: at('root/agents'),
      checks: at('run/checks'),
      shared: at('root/shared'),
      toolchain: at('root/toolchain'),
      skills: at('root/skills'),
      'docs-skills': at('root/docs-skills'),
      trash: at('root/trash'),
      sockets: at('run/agents'),
      socketTrash: at('run/trash'),
    },
    app: at('app'),
  };
}
