import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { type CodexParts, createCodexDriver } from '../../harness/driver/codex/codex-driver.ts';
import { composeCodexParts } from '../../harness/driver/codex/create-codex.ts';
import type { Driver, DriverPlace, TurnReport, TurnRequest } from '../../harness/driver/driver.ts';
import { mailOf } from '../../harness/testing/mail-of.ts';
import type { SpooledEvent } from '../../protocol/schemas/harness.ts';
import { testCli } from '../support/test-clis.ts';
import { openPlace } from './driver-place.ts';

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
  const open = await openPlace({ driver: 'codex', model: 'gpt-5-mini', tools: [] }, answer);
  const { top, place, events } = open;
  let driver: Driver | null = null;
  const running = (): Driver => {
    if (driver === null) throw new Error('the driver was not started');
    return driver;
  };
  return {
    top,
    stateDir: place.stateDir,
    homeDir: join(place.harnessDir, 'codex'),
    get requests() {
      return open.requests.map(({ body, headers }) => ({
        body: JSON.parse(body.toString()) as ModelRequest['body'],
        headers,
      }));
    },
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
      await open.close();
    },
  };
}
