import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CodexParts, createCodexDriver } from '../../harness/driver/codex/codex-driver.ts';
import { composeCodexParts } from '../../harness/driver/codex/create-codex.ts';
import type { Driver, DriverPlace, TurnReport, TurnRequest } from '../../harness/driver/driver.ts';
import type { ForgeClient } from '../../harness/hive-link/forge-client.ts';
import type { HiveClient } from '../../harness/hive-link/hive-client.ts';
import { openMcpServer } from '../../harness/mcp/mcp-server.ts';
import { mailOf } from '../../harness/testing/mail-of.ts';
import { createTurnMail } from '../../harness/turn/turn-mail.ts';
import type { AgentName } from '../../protocol/names.ts';
import type { SpooledEvent } from '../../protocol/schemas/harness.ts';
import { testCli } from '../support/test-clis.ts';
import { createDemoModel } from './demo-model.ts';

/** What the model was asked. */
export interface ModelRequest {
  readonly body: { model: string; input: { type: string; role?: string; [field: string]: unknown }[] };
  readonly headers: IncomingHttpHeaders;
}

/** The driver codex with the real Codex, the demo model and the harness's MCP server, without a hive and a box. */
export interface CodexBed {
  readonly top: string;
  readonly stateDir: string;
  readonly homeDir: string;
  readonly requests: ModelRequest[];
  dataOf(kind: SpooledEvent['kind']): Record<string, unknown>[];
  /** A driver as after a start of the harness; the earlier one's process is ended. */
  start(more?: Partial<DriverPlace>, change?: (program: CodexParts['program']) => CodexParts['program']): Promise<void>;
  driver(): Driver;
  turn(text: string, more?: Partial<TurnRequest>): Promise<TurnReport>;
  close(): Promise<void>;
}

/** `answer` is the hive's answer to a call of its tools. */
export async function openCodexBed(answer: (tool: string) => object = () => ({ id: 7, thread: 7 })): Promise<CodexBed> {
  const top = await mkdtemp(join(tmpdir(), 'codex-'));
  const stateDir = join(top, 'state');
  const harnessDir = join(top, 'harness');
  for (const dir of [stateDir, harnessDir]) mkdirSync(dir);
  const requests: ModelRequest[] = [];
  const events: { kind: SpooledEvent['kind']; data: Record<string, unknown> }[] = [];
  const model = createDemoModel({
    onRequest: (body, headers) => requests.push({ body: JSON.parse(body.toString()) as ModelRequest['body'], headers }),
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
    { port: 0, secret: 'secret', version: '0' },
  );
  const place: DriverPlace = {
    agent: 'scout' as AgentName,
    parent: 'manager' as AgentName,
    spec: {
      role: 'tester',
      driver: 'codex',
      model: 'gpt-5-mini',
      image: 'none',
      tools: [],
      prompt: '',
      limits: { memoryMb: 1_024, cpus: 1, pids: 256, tmpMb: 64, diskMb: 0, diskFiles: 0 },
      turnTimeoutMs: 60_000,
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
    log: () => undefined,
    newUuid: randomUUID,
    now: Date.now,
  };
  let driver: Driver | null = null;
  const running = (): Driver => {
    if (driver === null) throw new Error('the driver was not started');
    return driver;
  };
  return {
    top,
    stateDir,
    homeDir: join(harnessDir, 'codex'),
    requests,
    dataOf: (kind) => events.filter((event) => event.kind === kind).map(({ data }) => data),
    async start(more = {}, change = (program) => program) {
      await driver?.letGo('The harness starts again.');
      const parts = composeCodexParts({ ...place, ...more });
      driver = createCodexDriver({ ...parts, program: change({ ...parts.program, path: testCli('codex') }) });
    },
    driver: running,
    turn: (text, more = {}) =>
      running().runTurn({
        turn: 7,
        prompt: { text, messages: [mailOf(41, text)] },
        sessionId: null,
        timeoutMs: 120_000,
        signal: new AbortController().signal,
        takeFetched: () => [],
        takeAllFetched: () => [],
        ...more,
      }),
    async close() {
      await driver?.letGo('The test is over.');
      await mcp.close();
      model.closeAllConnections();
      model.close();
      await rm(top, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
