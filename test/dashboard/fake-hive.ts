/**
 * A fake hived and forge: their declared operations on real sockets, with data in memory. The page's tests need states
 * that a real hive reaches only by accident (parked agents, dead mail, unknown prices).
 */
import { join } from 'node:path';
import fastify, { type FastifyInstance } from 'fastify';
import { HiveError } from '../../protocol/errors.ts';
import type { AgentName } from '../../protocol/names.ts';
import type { OpOutput } from '../../protocol/op.ts';
import { dashboardSurface } from '../../protocol/operations/operator.ts';
import { forgeSurface } from '../../protocol/operations/services.ts';
import type { AgentState } from '../../protocol/schemas/agent.ts';
import type { HiveEvent } from '../../protocol/schemas/event.ts';
import type { MessageView } from '../../protocol/schemas/message.ts';
import { listenUnix } from '../../system/socket/listen-unix.ts';
import { answerErrors, parseJsonBodies, serveSurface } from '../../wire/routes.ts';
import type { BudgetView } from '../../protocol/schemas/budget.ts';
import { fakeHandlers } from '../../wire/testing/fake-handlers.ts';
import { fakeData, type FakeData } from './fake-data.ts';
import { type FakeMailParts, handleMail } from './fake-mail.ts';
import { type FakeGateway, fakeGateway, handleGateway } from './fake-gateway.ts';
import { type FakeHosts, handleHosts } from './fake-hosts.ts';
import { handleMoney } from './fake-money.ts';
import { type FakeSetup, fakeSetup, handleSetup } from './fake-setup.ts';
import { fakeReceipt } from './fake-receipts.ts';
import { findThread, isOfAgent, listThreads } from './fake-threads.ts';
import { handleTranscript } from './fake-transcript.ts';
import type { ProviderName } from '../../protocol/providers.ts';

const ANTHROPIC = 'anthropic' as ProviderName;

type ProviderView = OpOutput<(typeof dashboardSurface)['status']>['provider'];

export interface FakeHive extends Pick<FakeMailParts, 'emit' | 'say' | 'change'> {
  readonly data: FakeData;
  /** Providers, their keys, archives. */
  readonly setup: FakeSetup;
  readonly budgets: BudgetView[];
  readonly hosts: FakeHosts;
  /** The gateway's calls, limits and models. */
  readonly gateway: FakeGateway;
  /** The received calls of `rebuildAll`. */
  readonly rebuilds: { agents: readonly string[] | null; now: boolean }[];
  readonly hivedSocket: string;
  readonly forgeSocket: string;
  /** The number of open event streams. */
  openStreams(): number;
  /** Creates a one-time sign-in token. */
  makeLink(): string;
  /** Closes hived's socket; `startHived` opens it again. */
  stopHived(): Promise<void>;
  startHived(): Promise<void>;
  /** Changes the provider's state and emits an event about it. */
  setProvider(view: ProviderView): void;
  close(): Promise<void>;
}

/** Where a hive in `dir` has its sockets. */
export function placeSockets(dir: string): Pick<FakeHive, 'hivedSocket' | 'forgeSocket'> {
  return { hivedSocket: join(dir, 'dashboard.sock'), forgeSocket: join(dir, 'forge.sock') };
}

/** Starts both services with sockets in `dir` and `data` as their initial data. */
export async function startFakeHive(dir: string, data: FakeData = fakeData(Date.now())): Promise<FakeHive> {
  const links = new Set<string>();
  const sessions = new Set<string>();
  const followers = new Set<() => void>();
  const { hivedSocket, forgeSocket } = placeSockets(dir);
  const setup = fakeSetup();
  const budgets: BudgetView[] = [];
  const gateway = fakeGateway(data.agents.length);
  const hosts: FakeHosts = { rules: [], approvals: [], connections: [], quotas: [], injections: [], traffic: [] };
  const rebuilds: FakeHive['rebuilds'] = [];
  let provider: ProviderView = { name: 'demo', hasKey: false, refused: null };
  let hived: FastifyInstance | null = null;
  let nextMessage = Math.max(100, ...data.messages.map(({ id }) => id)) + 1;

  const lastSeq = () => data.events.at(-1)?.seq ?? 400;
  const find = (name: string) => {
    const agent = data.agents.find((one) => one.name === name);
    if (agent === undefined) throw new HiveError('unknown_agent');
    return agent;
  };
  const emit: FakeHive['emit'] = (agent, kind, eventData) => {
    const event = { seq: lastSeq() + 1, at: Date.now(), kind, agent: agent as AgentName | null, data: eventData };
    data.events.push(event);
    for (const wake of followers) wake();
    return event;
  };
  const setState = (name: string, state: AgentState, desired: 'running' | 'stopped') => {
    const agent = Object.assign(find(name), { state, desired, reason: null, until: null, activity: null });
    emit(name, 'agent.desired', { desired, by: 'operator' });
    return { agent };
  };
  const say: FakeHive['say'] = ({ from, to, body, inReplyTo, kind = 'note', priority = null, data: carried = {} }) => {
    const parent = data.messages.find(({ id }) => id === inReplyTo);
    const id = nextMessage++;
    const at = Date.now();
    const recipients =
      to === '*' ? data.agents.map(({ name }) => name as string).filter((name) => name !== from) : [to];
    const message = {
      id,
      thread: parent?.thread ?? id,
      inReplyTo: parent?.id ?? null,
      from,
      to,
      kind,
      priority,
      body,
      at,
      turn: null,
      data: carried,
      receipts: recipients.map((name) => fakeReceipt(name, at)),
    } as MessageView;
    data.messages.push(message);
    emit(from === 'operator' ? null : from, 'message.sent', {
      id,
      thread: message.thread,
      from,
      to,
      recipients,
      kind,
      preview: body.slice(0, 80),
    });
    return message;
  };
  const unread = () =>
    data.messages.filter(({ receipts }) =>
      receipts.some((one) => one.recipient === 'operator' && one.state === 'queued'),
    );
  const change: FakeHive['change'] = (name, given) => {
    Object.assign(find(name), given);
    if (given.provider === ANTHROPIC) provider = { name: ANTHROPIC, hasKey: true, refused: null };
    emit(name, 'harness.state', { state: 'idle', reason: null, until: null });
  };

  const handlers = fakeHandlers<typeof dashboardSurface, null>(dashboardSurface, {
    status: () => ({
      hiveId: '7a1de0c8-7d51-4a50-9a3c-2b1f3a5b9c01',
      version: '0.1.0',
      boot: 'boot-1',
      pid: 4242,
      startedAt: Date.now() - 3_600_000,
      ready: true,
      engine: { ok: true, version: '20.10.24', reason: null },
      services: ['dashboard', 'forge', 'gateway'].map((name, i) => ({
        name,
        state: 'running' as const,
        pid: 4300 + i,
        restarts: 0,
        reason: null,
      })),
      dashboardUrl: 'http://127.0.0.1:7700/',
      provider,
      agents: data.agents.length,
      lastSeq: lastSeq(),
      rssBytes: 96_000_000,
      disk: {
        level: 'ok' as const,
        freeBytes: 9e10,
        totalBytes: 1e11,
        freeFiles: 1,
        files: 1,
        reserveBytes: 0,
        advice: null,
      },
    }),
    listAgents: ({ names }) => ({
      agents: names === undefined ? data.agents : data.agents.filter(({ name }) => names.split(',').includes(name)),
      lastSeq: lastSeq(),
    }),
    getAgent: ({ name }) => ({ agent: find(name) }),
    ...handleSetup({ setup, agents: data.agents, emit }),
    ...handleMoney({ budgets, agents: data.agents, emit }),
    ...handleHosts({ hosts, agents: data.agents, emit }),
    ...handleGateway(gateway),
    startAgent: ({ name }) => setState(name, 'idle', 'running'),
    stopAgent: ({ name }) => setState(name, 'stopped', 'stopped'),
    restartAgent: ({ name }) => setState(name, 'idle', 'running'),
    pauseAgent: ({ name, reason = null }) => {
      const hold = { kind: 'paused', at: Date.now(), by: 'operator', reason } as const;
      change(name, { state: 'paused', reason: 'by operator', holds: [hold] });
      return { agent: find(name) };
    },
    resumeAgent: ({ name }) => {
      const lifted = (find(name).holds ?? []).map(({ kind }) => kind);
      change(name, { state: 'idle', reason: null, holds: [] });
      return { agent: find(name), lifted };
    },
    rebuildAgent: ({ name }) => setState(name, 'rebuilding', 'running'),
    rebuildAll: ({ agents, now = false }) => {
      rebuilds.push({ agents: agents ?? null, now });
      const meant = agents ?? data.agents.map(({ name }) => name);
      const withoutCli = data.withoutCli.filter(({ name }) => meant.includes(name));
      return { agents: meant.filter((name) => withoutCli.every((left) => left.name !== name)), withoutCli };
    },
    interruptAgent: ({ name }) => setState(name, 'idle', 'running'),
    send: ({ to, body, in_reply_to, kind, priority = null, choices, deadline_seconds, attachments }) => {
      if (/^[a-z]/.test(to) && to !== 'operator') find(to);
      const carried: MessageView['data'] = {};
      if (choices !== undefined) carried.choices = choices;
      if (deadline_seconds !== undefined) carried.deadline = Date.now() + deadline_seconds * 1000;
      if (attachments !== undefined)
        carried.attachments = attachments.map((file) => ({ ...file, bytes: sizeOf(data.files.get(file.hash)) }));
      const sent = say({ from: 'operator', to, body, inReplyTo: in_reply_to, kind, priority, data: carried });
      return {
        id: sent.id,
        thread: sent.thread,
        recipients: sent.receipts.map(({ recipient }) => recipient),
        duplicate: false,
      };
    },
    listMessages: ({ of, limit, before }) => ({
      messages: data.messages
        .filter((one) => isOfAgent(one, of) && (before === undefined || one.id < before))
        .reverse()
        .slice(0, limit),
    }),
    inbox: ({ limit }) => ({ messages: unread().slice(0, limit), unread: unread().length }),
    markRead: ({ ids }) => {
      for (const message of data.messages.filter(({ id }) => ids.includes(id)))
        for (const one of message.receipts)
          if (one.recipient === 'operator') Object.assign(one, { state: 'done', endedAt: Date.now() });
      emit(null, 'delivery.read', { messages: ids });
      return { read: ids.length };
    },
    listThreads: ({ of, before, limit }) => ({
      threads: listThreads(data, of)
        .filter(({ lastId }) => before === undefined || lastId < before)
        .slice(0, limit),
    }),
    getThread: ({ id, before, limit }) => {
      const { thread } = findThread(data, id);
      const all = data.messages.filter((one) => one.thread === thread.id && (before === undefined || one.id < before));
      return { thread, messages: all.slice(-limit), more: all.length > limit };
    },
    ...handleMail({ data, emit, say, change, threadOf: (id) => findThread(data, id) }),
    ...handleTranscript(() => data.events),
    listEvents: ({ agent, after, before, kinds, limit }) => {
      const wanted = data.events.filter((one) => (agent === undefined || one.agent === agent) && isWanted(one, kinds));
      const page =
        after === undefined
          ? wanted.filter(({ seq }) => seq < (before ?? Infinity)).slice(-limit)
          : wanted.filter(({ seq }) => seq > after).slice(0, limit);
      return { events: page, lastSeq: lastSeq() };
    },
    async *followEvents({ after }, { signal, lastEventId }) {
      let seen = lastEventId ?? after ?? lastSeq();
      const signals = new EventTarget();
      const wake = () => signals.dispatchEvent(new Event('more'));
      followers.add(wake);
      try {
        while (!signal.aborted) {
          const next = data.events.find(({ seq }) => seq > seen);
          if (next === undefined) {
            await new Promise<void>((resolve) => {
              signals.addEventListener('more', () => resolve(), { once: true });
              signal.addEventListener('abort', () => resolve(), { once: true });
            });
            continue;
          }
          seen = next.seq;
          yield next;
        }
      } finally {
        followers.delete(wake);
      }
    },
    redeemLink: ({ token }) => {
      if (!links.delete(token)) throw new HiveError('link_used');
      const session = crypto.randomUUID();
      sessions.add(session);
      return { session, expiresAt: Date.now() + 3_600_000 };
    },
    checkSession: ({ session }) => {
      if (!sessions.has(session)) throw new HiveError('unauthenticated');
      return { expiresAt: Date.now() + 3_600_000 };
    },
    signOut: ({ session }) => ({ ended: sessions.delete(session) }),
  });

  async function startHived(): Promise<void> {
    hived = await serve(hivedSocket, (app) => serveSurface(app, dashboardSurface, { handlers, callerOf: () => null }));
  }
  const forge = await serve(forgeSocket, (app) =>
    serveSurface(app, forgeSurface, {
      handlers: fakeHandlers<typeof forgeSurface, null>(forgeSurface, { listRepos: () => ({ repos: data.repos }) }),
      callerOf: () => null,
    }),
  );
  await startHived();

  return {
    setProvider(view) {
      provider = view;
      emit('', 'provider.changed', { provider: 'anthropic', hasKey: view.hasKey });
    },
    data,
    setup,
    budgets,
    hosts,
    gateway,
    rebuilds,
    hivedSocket,
    forgeSocket,
    openStreams: () => followers.size,
    makeLink: () => {
      const token = crypto.randomUUID();
      links.add(token);
      return token;
    },
    emit,
    say,
    change,
    startHived,
    stopHived: async () => {
      await hived?.close();
      hived = null;
    },
    close: async () => {
      await Promise.all([hived?.close(), forge.close()]);
    },
  };
}

async function serve(path: string, register: (app: FastifyInstance) => void): Promise<FastifyInstance> {
  const app = fastify({ forceCloseConnections: true });
  answerErrors(app);
  parseJsonBodies(app);
  register(app);
  await listenUnix(app, path, { mode: 0o600 });
  return app;
}

/** The number of bytes that a base64 text encodes. */
function sizeOf(data = ''): number {
  return Buffer.byteLength(data, 'base64');
}

function isWanted(event: HiveEvent, kinds: string | undefined): boolean {
  if (kinds === undefined) return true;
  return kinds
    .split(',')
    .some((kind) => kind === event.kind || (kind.endsWith('.*') && event.kind.startsWith(kind.slice(0, -1))));
}
