import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import type { AgentName } from '../../../protocol/names.ts';
import { adminSurface } from '../../../protocol/operations/admin.ts';
import type { AgentView } from '../../../protocol/schemas/agent.ts';
import { answerErrors, type Handlers, parseJsonBodies, serveSurface } from '../../../wire/routes.ts';
import { fakeHandlers } from '../../../wire/testing/fake-handlers.ts';

type AdminHandlers = Handlers<typeof adminSurface, 'hivectl'>;

/** A stand-in for hived: the real surface on a real socket, with answers from the test. */
export interface StandInHive {
  readonly dir: string;
  readonly socket: string;
  /** Stops serving and removes the socket. */
  stop(): Promise<void>;
  /** Serves again on the same socket, with other answers. */
  start(handlers: Partial<AdminHandlers>): Promise<void>;
  close(): Promise<void>;
}

export async function openStandInHive(handlers: Partial<AdminHandlers>): Promise<StandInHive> {
  const dir = await mkdtemp(join(tmpdir(), 'hivectl-'));
  const socket = join(dir, 'admin.sock');
  let app = await serve(socket, handlers);
  return {
    dir,
    socket,
    stop: () => app.close(),
    async start(other) {
      app = await serve(socket, other);
    },
    async close() {
      await app.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function serve(socket: string, handlers: Partial<AdminHandlers>) {
  const app = Fastify({ forceCloseConnections: true });
  parseJsonBodies(app);
  answerErrors(app);
  serveSurface(app, adminSurface, {
    handlers: fakeHandlers(adminSurface, handlers, { others: 'refuse' }),
    callerOf: () => 'hivectl' as const,
  });
  await app.listen({ path: socket });
  return app;
}

/** An agent as hived would show it. */
export function agentView(name: string, more: Partial<AgentView> = {}): AgentView {
  return {
    name: name as AgentName,
    parent: null,
    spec: {
      role: name,
      driver: 'claude',
      model: 'sonnet',
      image: 'hyperhive/base:latest',
      tools: ['Bash'],
      prompt: '',
      limits: { memoryMb: 2048, cpus: 2, pids: 512, tmpMb: 512, diskMb: 0, diskFiles: 0 },
      turnTimeoutMs: 3_600_000,
    },
    desired: 'running',
    state: 'idle',
    reason: null,
    until: null,
    activity: null,
    turn: null,
    generation: 1,
    outdated: false,
    boxId: null,
    sessionId: null,
    provider: 'demo',
    queued: 0,
    leased: 0,
    dead: 0,
    turns: 0,
    usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 0, unpricedCalls: 0 },
    createdAt: 0,
    helloAt: null,
    quietUntil: null,
    disk: null,
    ...more,
  };
}

/** The status of a healthy hive. */
export const STATUS = {
  hiveId: 'h',
  version: '0.1.0',
  boot: 'b',
  pid: 1,
  startedAt: 0,
  ready: true,
  engine: { ok: true, version: '20', reason: null },
  services: [],
  dashboardUrl: 'http://127.0.0.1:1',
  provider: { name: 'demo' as const, hasKey: false, refused: null },
  agents: 1,
  lastSeq: 1,
  rssBytes: 1,
  disk: {
    level: 'ok' as const,
    freeBytes: 9e10,
    totalBytes: 1e11,
    freeFiles: 1,
    files: 1,
    reserveBytes: 0,
    advice: null,
  },
};
