import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type AppServer, startAppServer } from '../../../harness/driver/codex/app-server.ts';
import { composeCodexParts } from '../../../harness/driver/codex/create-codex.ts';
import type { DriverPlace } from '../../../harness/driver/driver.ts';
import { connectForge } from '../../../harness/hive-link/forge-client.ts';
import { connectHive } from '../../../harness/hive-link/hive-client.ts';
import { openMcpServer } from '../../../harness/mcp/mcp-server.ts';
import { openRelay } from '../../../harness/relay/relay.ts';
import { createTurnMail } from '../../../harness/turn/turn-mail.ts';
import type { AgentName } from '../../../protocol/names.ts';
import { testCli } from '../../support/test-clis.ts';
import type { TestHive } from '../../support/test-hive.ts';

/** The real Codex connected to the hive's gateway through a relay only: no box, no turn of the hive, no mail. */
export interface DirectCodex {
  /** Milliseconds from the prompt to the end of the turn; the first turn starts the app-server. */
  turn(prompt: string): Promise<number>;
  rssBytes(): Promise<number | null>;
  close(): Promise<void>;
}

/** With the arguments, environment and tools that a harness gives it, and a new conversation. */
export async function startDirectCodex(hive: TestHive, agent: AgentName): Promise<DirectCodex> {
  const home = await mkdtemp(join(hive.root, 'direct-'));
  const stateDir = join(home, 'state');
  await mkdir(stateDir);
  const sockets = join(hive.run, 'agents', agent);
  const client = connectHive(join(sockets, 'hived/agent.sock'));
  const gateway = await openRelay(join(sockets, 'gateway/agent.sock'), 0);
  const secret = randomBytes(32).toString('base64url');
  const mcp = await openMcpServer(
    {
      hive: client,
      forge: connectForge(join(sockets, 'forge/agent.sock')),
      newKey: randomUUID,
      now: Date.now,
      mail: createTurnMail(),
      stateDir,
    },
    { port: 0, secret, version: 'bench' },
  );
  const limits = { memoryMb: 1_024, cpus: 1, pids: 256, tmpMb: 64, diskMb: 0, diskFiles: 0 };
  const rest = { role: 'bench', image: 'none', tools: [], prompt: '', turnTimeoutMs: 60_000 };
  const place: DriverPlace = {
    agent,
    parent: null,
    spec: { ...rest, driver: 'codex', model: 'gpt-5-mini', limits },
    systemPrompt: `You are "${agent}".`,
    stateDir,
    harnessDir: home,
    toolchain: '/nowhere',
    cliDir: '/nowhere',
    passedOn: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: stateDir, LANG: 'C.UTF-8' },
    mcp: { url: mcp.url, token: secret },
    gatewayUrl: `http://127.0.0.1:${gateway.port}`,
    forgeUrl: 'http://127.0.0.1:1',
    providerHeardAt: () => 0,
    warmIdleMs: 60_000,
    emit: () => undefined,
    record: () => undefined,
    log: () => undefined,
    newUuid: randomUUID,
    now: Date.now,
  };
  const { program, prepare } = composeCodexParts(place);
  await prepare();
  let server: AppServer | null = null;

  return {
    async turn(prompt) {
      const from = performance.now();
      const cli = (server ??= startAppServer({ ...program, path: testCli('codex') }, place));
      const ended = new Promise<void>((resolve, reject) => {
        cli.follow((event) => event?.method === 'turn/completed' && resolve());
        void cli.exited.then((exit) => reject(new Error(`the CLI ended (${exit.code}): ${exit.stderr}`)));
      });
      if (cli.threadId() === null) await cli.openThread(null);
      await cli.startTurn({ id: randomUUID(), text: prompt });
      await ended;
      return performance.now() - from;
    },
    rssBytes: () => server?.rssBytes() ?? Promise.resolve(null),
    async close() {
      await server?.end('The bench is over.');
      await mcp.close();
      await gateway.close();
      client.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}
