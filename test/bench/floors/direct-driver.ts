import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DriverPlace } from '../../../harness/driver/driver.ts';
import { CREATE_DRIVER } from '../../../harness/driver/drivers.ts';
import { connectForge } from '../../../harness/hive-link/forge-client.ts';
import { connectHive } from '../../../harness/hive-link/hive-client.ts';
import { openMcpServer } from '../../../harness/mcp/mcp-server.ts';
import { openRelay } from '../../../harness/relay/relay.ts';
import { createTurnMail } from '../../../harness/turn/turn-mail.ts';
import type { AgentName } from '../../../protocol/names.ts';
import { testCli } from '../../support/test-clis.ts';
import type { TestHive } from '../../support/test-hive.ts';

/** A real CLI connected to the hive's gateway through a relay only: no box, no turn of the hive, no mail. */
export interface DirectDriver {
  /** Milliseconds from the prompt to the end of the turn; the first turn starts the CLI. */
  turn(prompt: string): Promise<number>;
  rssBytes(): Promise<number | null>;
  close(): Promise<void>;
}

/** With the arguments, environment and tools that a harness gives it, and a new conversation. */
export async function startDirectDriver(
  hive: TestHive,
  agent: AgentName,
  { driver: name, model }: { driver: 'codex' | 'gemini' | 'opencode'; model: string },
): Promise<DirectDriver> {
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
    { port: 0, secret, version: 'bench', isMember: () => false },
  );
  const limits = { memoryMb: 1_024, cpus: 1, pids: 256, tmpMb: 64, diskMb: 0, diskFiles: 0 };
  const rest = { role: 'bench', image: 'none', tools: [], prompt: '', turnTimeoutMs: 60_000 };
  const place: DriverPlace = {
    agent,
    parent: null,
    spec: { ...rest, driver: name, model, limits },
    systemPrompt: `You are "${agent}".`,
    stateDir,
    harnessDir: home,
    toolchain: '/nowhere',
    cliDir: dirname(dirname(testCli(name))),
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
  const driver = CREATE_DRIVER[name](place);
  let sessionId: string | null = null;
  let turns = 0;

  return {
    async turn(text) {
      turns += 1;
      const from = performance.now();
      const report = await driver.runTurn({
        turn: turns,
        prompt: { text, messages: [] },
        sessionId,
        timeoutMs: 60_000,
        signal: new AbortController().signal,
        takeFetched: () => [],
        takeAllFetched: () => [],
      });
      if (report.verdict.kind !== 'done') throw new Error(`a turn ended as ${JSON.stringify(report.verdict)}`);
      ({ sessionId } = report);
      return performance.now() - from;
    },
    rssBytes: () => driver.rssBytes(),
    async close() {
      await driver.letGo('The bench is over.');
      await mcp.close();
      await gateway.close();
      client.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}
