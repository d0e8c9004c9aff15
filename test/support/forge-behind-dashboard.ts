import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ForgeRig, startRig } from '../../forge/testing/forge-rig.ts';
import { startServer } from '../../host/dashboard/create-server.ts';
import type { TokenScope } from '../../protocol/access/token-scopes.ts';
import type { AgentName } from '../../protocol/names.ts';

/** A real forge behind a real dashboard, without hived: what programs with tokens meet. */
export interface ForgeBehindDashboard {
  readonly rig: ForgeRig;
  readonly origin: string;
  /** Where git and Gitea's API are. */
  readonly base: string;
  makeToken(name: string, owner: AgentName, scopes: readonly TokenScope[]): Promise<string>;
  stop(): Promise<void>;
}

export async function startForgeBehindDashboard(): Promise<ForgeBehindDashboard> {
  const rig = await startRig();
  const webDir = join(rig.dir, 'web');
  await mkdir(join(webDir, 'assets'), { recursive: true });
  for (const file of ['index.html', 'favicon.svg', 'color-scheme.js']) await writeFile(join(webDir, file), 'page');
  const dashboard = await startServer(
    {
      hiveId: 'a-hive',
      host: '127.0.0.1',
      port: 0,
      allowedHosts: [],
      hivedSocket: join(rig.dir, 'no-hived.sock'),
      forgeSocket: rig.socketOf('operator'),
      forgeTokenSocket: rig.socketOf('tokens'),
      webDir,
    },
    { logLevel: 'silent' },
  );
  const origin = `http://127.0.0.1:${dashboard.port}`;
  return {
    rig,
    origin,
    base: `${origin}/git`,
    makeToken: async (name, owner, scopes) =>
      (await rig.operator.call('createForgeToken', { name, owner, scopes: [...scopes], days: 1 })).value,
    async stop() {
      await dashboard.stop(100);
      await rig.close();
    },
  };
}
