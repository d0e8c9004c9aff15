import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { AgentName } from '../../../protocol/names.ts';
import { agentSurface } from '../../../protocol/operations/agent.ts';
import { connectSurface } from '../../../wire/client.ts';
import { connectFrames } from '../../../wire/frames/connect-frames.ts';
import type { CallContext, Handlers } from '../../../wire/operations.ts';
import { type AgentSockets, serveAgents } from './listen.ts';

const ADA = 'ada' as AgentName;
const BOB = 'bob' as AgentName;

let dir: string;
let sockets: AgentSockets;
let waiting: AbortSignal[];

const at = (name: AgentName) => ({ name, dir: join(dir, name), gid: undefined });
const socketOf = (name: AgentName) => join(dir, name, 'agent.sock');

/** Says who asks; a wake is held until its caller goes. */
function answerWithCaller(): Handlers<typeof agentSurface, AgentName> {
  const whoami = (_input: unknown, { caller }: CallContext<AgentName>) => ({
    name: caller,
    role: 'tester',
    parent: null,
    children: [],
    generation: 1,
    state_dir: '',
    shared_dir: '',
    forge_url: '',
  });
  const wake = (_input: unknown, { signal }: CallContext<AgentName>) => {
    waiting.push(signal);
    return new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  };
  const rest = Object.fromEntries(Object.keys(agentSurface).map((name) => [name, () => ({})]));
  return { ...rest, whoami, wake } as unknown as Handlers<typeof agentSurface, AgentName>;
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'agents-'));
  waiting = [];
  await Promise.all([ADA, BOB].map((name) => mkdir(join(dir, name))));
  sockets = await serveAgents(Fastify().log, answerWithCaller());
  await sockets.sync([at(ADA), at(BOB)]);
});
afterEach(async () => {
  await sockets.close();
  await rm(dir, { recursive: true });
});

test('who asks is whose socket it is, over frames and over HTTP', async () => {
  for (const name of [ADA, BOB]) {
    const frames = connectFrames(agentSurface, socketOf(name));
    const http = connectSurface(agentSurface, socketOf(name));
    expect(await frames.call('whoami', {})).toMatchObject({ name });
    expect(await http.call('whoami', {})).toMatchObject({ name });
    frames.close();
    await http.close();
  }
});

test('an agent that is no more loses its connections, and its calls hear of it', async () => {
  const frames = connectFrames(agentSurface, socketOf(ADA));
  const held = frames.call('wake', { bootId: crypto.randomUUID(), waitMs: 60_000 });
  const broken = expect(held).rejects.toMatchObject({ code: 'hive_unreachable', details: { sent: true } });
  await vi.waitFor(() => expect(waiting).toHaveLength(1));
  await sockets.sync([at(BOB)]);
  await broken;
  await vi.waitFor(() => expect(waiting[0]?.aborted).toBe(true));
  frames.close();
});

test('a box that holds every connection it may keeps nobody else out', async () => {
  const held = await Promise.all(
    Array.from({ length: 64 }, async () => {
      const socket = createConnection({ path: socketOf(ADA) });
      await once(socket, 'connect');
      return socket;
    }),
  );
  const ada = connectFrames(agentSurface, socketOf(ADA));
  await expect(ada.call('whoami', {})).rejects.toMatchObject({ code: 'hive_unreachable', details: { sent: false } });
  const bob = connectFrames(agentSurface, socketOf(BOB));
  expect(await bob.call('whoami', {})).toMatchObject({ name: BOB });
  for (const socket of held) socket.destroy();
  await vi.waitFor(async () => expect(await ada.call('whoami', {})).toMatchObject({ name: ADA }));
  ada.close();
  bob.close();
});
