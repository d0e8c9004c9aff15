import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTestHive, type TestHive } from '../../host/daemon/testing/open-test-hive.ts';
import { type AgentName, OPERATOR } from '../../protocol/names.ts';
import { agentSurface } from '../../protocol/operations/agent.ts';
import { serveFrames } from '../../wire/frames/serve-frames.ts';
import { fakeHandlers } from '../../wire/testing/fake-handlers.ts';
import { listenUnix } from '../../system/socket/listen-unix.ts';
import { bindSurface, type Handlers } from '../../wire/operations.ts';
import { type HarnessBed, openHarnessBed, waitFor } from './start-harness.ts';

// hived's own broker, the real harness and the real Claude Code: mail in the middle of a turn, with its receipts.

const SCOUT = 'scout' as AgentName;
let bed: HarnessBed;
let hive: TestHive;
let served: { close(): Promise<void> };

beforeEach(async () => {
  bed = await openHarnessBed();
  await bed.hived.stop();
  hive = openTestHive();
  served = await serveBroker(hive, join(bed.home, 'run/hived/agent.sock'));
});
afterEach(async () => {
  await bed.close();
  await served.close();
  await hive.close();
});

/** The operations that a harness needs of hived, answered by its broker. */
async function serveBroker({ broker }: TestHive, path: string): Promise<{ close(): Promise<void> }> {
  const asked: Partial<Handlers<typeof agentSurface, AgentName>> = {
    send: (input, { caller }) => broker.send(caller, input),
    recv: (input, { caller }) => broker.recv(caller, input.limit),
    hello: (input, { caller }) => broker.hello(caller, input),
    wake: (input, { caller, signal }) => broker.wake(caller, input, signal),
    urgent: (input, { caller, signal }) => broker.urgent(caller, input, signal),
    heartbeat: (input, { caller }) => broker.heartbeat(caller, input),
    finish: (input, { caller }) => broker.finish(caller, input),
    spool: (input, { caller }) => broker.spool(caller, input),
  };
  const handlers = fakeHandlers(agentSurface, asked, { others: 'refuse' });
  const server: Server = createServer();
  const frames = serveFrames(server, bindSurface(agentSurface, handlers), {
    caller: SCOUT,
    maxBytes: 2 * 1024 * 1024,
    onError: (error) => process.stderr.write(`${String(error)}\n`),
  });
  await listenUnix(server, path, { mode: 0o600 });
  return {
    close: () =>
      new Promise((resolve) => {
        frames.close();
        server.close(() => resolve());
      }),
  };
}

const say = (body: string, priority?: 'critical' | 'low') =>
  hive.broker.send(OPERATOR, { to: SCOUT, body, kind: 'note', ...(priority === undefined ? {} : { priority }) });
const event = (kind: string) =>
  waitFor(() => hive.heard.find((one) => one.kind === kind), `an event ${kind}\n${bed.log()}`);

test('mail that is not urgent waits for a turn of its own', async () => {
  await bed.start();
  await say('@Bash {"command":"sleep 2"}');
  await event('turn.tool_call');
  await say('no hurry', 'low');
  await waitFor(() => hive.heard.filter((one) => one.kind === 'turn.finished').length === 2, 'two turns');
  expect(hive.heard.some((one) => one.kind === 'delivery.joined')).toBe(false);
});

test('a message sent during a long tool call joins the turn, is read there, and is handled with it', async () => {
  await bed.start();
  await say('@Bash {"command":"sleep 4; echo woke up"}');
  await event('turn.tool_call');
  const { id } = await say('the plan changed', 'critical');
  expect((await event('delivery.joined')).data).toEqual({ turn: 1, messages: [id] });
  const finished = await event('turn.finished');
  expect(finished.data).toMatchObject({ outcome: 'done', toolCalls: 1 });
  expect(JSON.stringify(finished.data)).toContain('the plan changed');
  expect(bed.requests).toHaveLength(2);
  expect(JSON.stringify(bed.requests[1]?.body.messages.slice(-2))).toMatch(/woke up[^]*the plan changed/);
  await waitFor(
    () => hive.heard.filter((one) => one.kind === 'delivery.in_context').length === 2,
    'the receipt of the second',
  );
  const order = hive.heard.map((one) => one.kind);
  expect(order.filter((kind) => kind === 'turn.started')).toHaveLength(1);
  expect(order).not.toContain('delivery.released');
});
