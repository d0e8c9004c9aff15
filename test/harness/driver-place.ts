import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DriverPlace } from '../../harness/driver/driver.ts';
import type { ForgeClient } from '../../harness/hive-link/forge-client.ts';
import type { HiveClient } from '../../harness/hive-link/hive-client.ts';
import { openMcpServer } from '../../harness/mcp/mcp-server.ts';
import { createTurnMail } from '../../harness/turn/turn-mail.ts';
import type { AgentName } from '../../protocol/names.ts';
import type { AgentSpec } from '../../protocol/schemas/agent.ts';
import type { SpooledEvent } from '../../protocol/schemas/harness.ts';
import { createDemoModel } from './demo-model.ts';

/** The place of a driver of the agent "scout" with the demo model and the harness's MCP server, without a hive and a box. */
export interface OpenPlace {
  readonly top: string;
  readonly place: DriverPlace;
  readonly requests: { readonly body: Buffer; readonly headers: IncomingHttpHeaders }[];
  readonly events: { kind: SpooledEvent['kind']; data: Record<string, unknown> }[];
  close(): Promise<void>;
}

/** `answer` is the hive's answer to a call of its tools. */
export async function openPlace(
  spec: Pick<AgentSpec, 'driver' | 'model' | 'tools'>,
  answer: (tool: string) => object = () => ({ id: 7, thread: 7 }),
): Promise<OpenPlace> {
  const top = await mkdtemp(join(tmpdir(), `${spec.driver}-`));
  const stateDir = join(top, 'state');
  const harnessDir = join(top, 'harness');
  for (const dir of [stateDir, harnessDir]) mkdirSync(dir);
  const requests: { body: Buffer; headers: IncomingHttpHeaders }[] = [];
  const events: { kind: SpooledEvent['kind']; data: Record<string, unknown> }[] = [];
  const model = createDemoModel({
    onRequest: (body, headers) => requests.push({ body, headers }),
    onLimit: () => undefined,
  });
  await new Promise<void>((resolve) => model.listen(0, '127.0.0.1', resolve));
  const hive = { call: async (tool: string) => answer(tool), close: () => undefined } as unknown as HiveClient;
  const mcp = await openMcpServer(
    {
      hive,
      forge: hive as unknown as ForgeClient,
      newKey: randomUUID,
      now: Date.now,
      mail: createTurnMail(),
      stateDir,
    },
    { port: 0, secret: 'secret', version: '0', isMember: () => false },
  );
  const place: DriverPlace = {
    agent: 'scout' as AgentName,
    parent: 'manager' as AgentName,
    spec: {
      role: 'tester',
      image: 'none',
      prompt: '',
      limits: { memoryMb: 1_024, cpus: 1, pids: 256, tmpMb: 64, diskMb: 0, diskFiles: 0 },
      turnTimeoutMs: 60_000,
      ...spec,
    },
    systemPrompt: 'You are a test.',
    stateDir,
    harnessDir,
    toolchain: '/nowhere',
    cliDir: '/nowhere',
    passedOn: { PATH: process.env['PATH'] ?? '', HOME: stateDir },
    mcp: { url: mcp.url, token: 'secret' },
    gatewayUrl: `http://127.0.0.1:${(model.address() as AddressInfo).port}`,
    forgeUrl: 'http://127.0.0.1:1',
    providerHeardAt: () => 0,
    warmIdleMs: 60_000,
    emit: (kind, data) => void events.push({ kind, data }),
    record: () => undefined,
    log: () => undefined,
    newUuid: randomUUID,
    now: Date.now,
  };
  return {
    top,
    place,
    requests,
    events,
    async close() {
      await mcp.close();
      model.closeAllConnections();
      model.close();
      await rm(top, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
