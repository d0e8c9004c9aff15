import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import fastify, { type FastifyInstance } from 'fastify';
import { HiveError } from '../../protocol/errors.ts';
import { EVENT_DATA } from '../../protocol/schemas/event.ts';
import type { AgentName } from '../../protocol/names.ts';
import type { OpInput, OpOutput, OpParsed } from '../../protocol/op.ts';
import { agentSurface } from '../../protocol/operations/agent.ts';
import type { FinishInput, HelloOutput, SpooledEvent, TurnOffer } from '../../protocol/schemas/harness.ts';
import type { SessionPlan } from '../../protocol/schemas/session.ts';
import type { Delivered, SendInput } from '../../protocol/schemas/message.ts';
import { serveFrames } from '../../wire/frames/serve-frames.ts';
import { bindSurface } from '../../wire/operations.ts';
import { answerErrors, parseJsonBodies, serveSurface } from '../../wire/routes.ts';
import { fakeHandlers } from '../../wire/testing/fake-handlers.ts';

type Beat = OpParsed<typeof agentSurface.heartbeat>;

/**
 * hived as one harness sees it: the real wire on a real Unix socket, mail in memory. It offers one turn at a time,
 * repeats the offer until it is finished, and can stop and start again on the same socket.
 */
export interface FakeHived {
  readonly hellos: OpInput<typeof agentSurface.hello>[];
  readonly finishes: FinishInput[];
  readonly events: (SpooledEvent & { bootId: string })[];
  readonly beats: Beat[];
  /** The requests for urgent mail. */
  readonly asked: OpParsed<typeof agentSurface.urgent>[];
  readonly sent: SendInput[];
  /** The session that the answer to the next hello names. */
  sessionId: string | null;
  /** The conversation of the next offer; null: hived is of an older build, and names none. */
  session: SessionPlan | null;
  /** The reports of conversations' files, and those that the next answer names for deletion. */
  readonly reported: OpParsed<typeof agentSurface.reportSessions>['sessions'][];
  toRemove: string[];
  /** The answer to the next question of a harness with a running CLI is to end it, for this reason. */
  letGo: string | null;
  interrupt: boolean;
  turnIsYours: boolean;
  /** The end of the limit that the gateway reported; null: it reported none. */
  limitedUntil: number | null;
  /** The messages that were leased to successful turns, by id. */
  readonly handled: number[];
  /** Operations whose next answer is lost after they did their work. */
  readonly losing: Set<'urgent' | 'recv'>;
  /** The answer of `thread`; null: there is no such message. */
  thread: OpOutput<typeof agentSurface.thread> | null;
  /** Files of messages, by name. */
  readonly files: Map<string, Buffer>;
  /** Error codes with which the next calls of an operation are refused, in order. */
  readonly refusals: Partial<Record<keyof typeof agentSurface, HiveError['code'][]>>;
  greeting: Partial<HelloOutput>;
  /** Puts messages into the mailbox: the first calls become one turn. */
  deliver(...bodies: (string | Partial<Delivered>)[]): void;
  /** Puts messages into the running turn; they are leased to it when the harness asks. */
  deliverUrgent(...bodies: (string | Partial<Delivered>)[]): void;
  start(): Promise<void>;
  /** Closes every connection and accepts none until `start`. */
  stop(): Promise<void>;
}

export function createFakeHived(socketPath: string): FakeHived {
  let app: FastifyInstance | null = null;
  let frames: { close(): void } | null = null;
  let mailbox: Delivered[] = [];
  let urgent: Delivered[] = [];
  let leased: Delivered[] = [];
  let offer: TurnOffer | null = null;
  let lastId = 10;
  let lastTurn = 0;
  const keys = new Map<string, number>();
  const wakers = new Set<() => void>();

  const hived: FakeHived = {
    hellos: [],
    finishes: [],
    events: [],
    beats: [],
    asked: [],
    sent: [],
    handled: [],
    losing: new Set(),
    thread: null,
    files: new Map(),
    sessionId: null,
    session: null,
    reported: [],
    toRemove: [],
    letGo: null,
    interrupt: false,
    turnIsYours: true,
    limitedUntil: null,
    refusals: {},
    greeting: {},
    deliver(...bodies) {
      mailbox.push(...bodies.map(messageOf));
      for (const wake of wakers) wake();
    },
    deliverUrgent(...bodies) {
      urgent.push(...bodies.map(messageOf));
      for (const wake of wakers) wake();
    },
    async start() {
      await rm(socketPath, { force: true });
      app = fastify({ forceCloseConnections: true });
      parseJsonBodies(app);
      answerErrors(app);
      serveSurface(app, agentSurface, { handlers, callerOf: () => null });
      frames = serveFrames(app.server, bindSurface(agentSurface, handlers), {
        caller: null,
        maxBytes: 2 * 1024 * 1024,
        onError: (error) => process.stderr.write(`fake hived: ${String(error)}\n`),
      });
      await app.listen({ path: socketPath });
    },
    async stop() {
      const old = app;
      app = null;
      frames?.close();
      await old?.close();
      await rm(socketPath, { force: true });
    },
  };

  function messageOf(given: string | Partial<Delivered>): Delivered {
    lastId += 1;
    const base = {
      delivery: lastId + 1_000,
      id: lastId,
      thread: lastId,
      inReplyTo: null,
      from: 'operator' as const,
      to: 'scout' as AgentName,
      priority: null,
      body: '',
      data: {},
    };
    const marks = {
      kind: 'note' as const,
      broadcast: false,
      copy: false,
      redelivered: false,
      at: 1_790_000_000_000,
    };
    return { ...base, ...marks, ...(typeof given === 'string' ? { body: given } : given) };
  }

  function refuse(name: keyof typeof agentSurface): void {
    const code = hived.refusals[name]?.shift();
    if (code !== undefined) throw new HiveError(code);
  }

  /** Holds a request until there is something for the harness, for `waitMs` at most. */
  function untilRoused(waitMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      const done = () => {
        clearTimeout(timer);
        wakers.delete(done);
        resolve();
      };
      wakers.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  function lose(name: 'urgent' | 'recv'): void {
    if (hived.losing.delete(name)) throw new HiveError('internal');
  }

  const handlers = fakeHandlers<typeof agentSurface, null>(agentSurface, {
    hello: (input) => {
      refuse('hello');
      hived.hellos.push(input);
      return { ...GREETING, sessionId: hived.sessionId, ...hived.greeting };
    },
    wake: async ({ waitMs, cli }, { signal }) => {
      refuse('wake');
      const { letGo } = hived;
      if (cli === 'warm' && letGo !== null) {
        hived.letGo = null;
        return { turn: null, letGo };
      }
      if (offer === null && mailbox.length === 0) await untilRoused(waitMs, signal);
      if (offer === null && mailbox.length > 0) {
        lastTurn += 1;
        offer = { turn: lastTurn, fence: lastTurn, deliveries: mailbox.splice(0, 1), waiting: mailbox.length };
        if (hived.session !== null) offer = { ...offer, session: hived.session };
        hived.session = null;
        leased = [...offer.deliveries];
      }
      return { turn: offer };
    },
    urgent: async (question, { signal }) => {
      const { turn, waitMs, known } = question;
      refuse('urgent');
      hived.asked.push(question);
      const missing = () => leased.filter((message) => !known.includes(message.delivery));
      if (turn === offer?.turn && missing().length + urgent.length === 0) await untilRoused(waitMs, signal);
      if (turn !== offer?.turn) throw new HiveError('stale_fence');
      if (signal.aborted) return { messages: [] };
      leased.push(...urgent.splice(0));
      lose('urgent');
      return { messages: missing() };
    },
    heartbeat: (beat) => {
      refuse('heartbeat');
      hived.beats.push(beat);
      const { turnIsYours, limitedUntil } = hived;
      const answer = { turnIsYours, interrupt: beat.turn !== null && hived.interrupt };
      return beat.turn === null || limitedUntil === null ? answer : { ...answer, limitedUntil };
    },
    finish: (input) => {
      refuse('finish');
      if (input.turn !== offer?.turn && hived.finishes.every((one) => one.turn !== input.turn))
        throw new HiveError('stale_fence');
      if (input.turn === offer?.turn) {
        hived.finishes.push(input);
        hived.sessionId = input.sessionId;
        if (input.outcome === 'done') hived.handled.push(...leased.map((message) => message.id));
        leased = [];
        offer = null;
      }
      return { accepted: true };
    },
    reportSessions: ({ sessions }) => {
      hived.reported.push(sessions);
      return { remove: hived.toRemove.splice(0) };
    },
    spool: ({ bootId, events }) => {
      refuse('spool');
      for (const event of events) {
        if (!EVENT_DATA[event.kind].safeParse(event.data).success) throw new HiveError('invalid_input');
        if (!hived.events.some((known) => known.bootId === bootId && known.seq === event.seq))
          hived.events.push({ ...event, bootId });
      }
      return { acked: events.at(-1)?.seq ?? 0 };
    },
    send: (input) => {
      refuse('send');
      const known = keys.get(input.key ?? '');
      if (known !== undefined) return { id: known, thread: known, recipients: [input.to], duplicate: true };
      lastId += 1;
      if (input.key !== undefined) keys.set(input.key, lastId);
      hived.sent.push(input);
      return { id: lastId, thread: lastId, recipients: [input.to], duplicate: false };
    },
    recv: ({ limit }) => {
      refuse('recv');
      const messages = mailbox.splice(0, limit);
      leased.push(...messages);
      lose('recv');
      return { messages, waiting: mailbox.length };
    },
    whoami: () => ({
      name: 'scout',
      role: 'tester',
      parent: 'manager',
      children: [],
      generation: 1,
      state_dir: '/agents/scout/state',
      shared_dir: '/shared',
      forge_url: 'http://127.0.0.1:7002',
      model: 'sonnet',
      budgets: [],
      hosts: [],
    }),
    thread: () => {
      if (hived.thread === null) throw new HiveError('unknown_message');
      return hived.thread;
    },
    remind: ({ body }) => ({ id: body.length, due_at: 1_790_000_000_000, duplicate: false }),
    receipts: () => {
      throw new HiveError('unknown_message');
    },
    schedule: () => {
      throw new HiveError('impossible_cron');
    },
    quiet: ({ minutes }) => ({ until: minutes === 0 ? null : 1_790_000_000_000 }),
    upload: ({ name, data }) => {
      const bytes = Buffer.from(data, 'base64');
      hived.files.set(name, bytes);
      return { name, hash: hashOf(bytes), bytes: bytes.length };
    },
    download: ({ name }) => {
      const bytes = hived.files.get(name);
      if (bytes === undefined) throw new HiveError('unknown_attachment');
      return { name, hash: hashOf(bytes), data: bytes.toString('base64') };
    },
  });
  return hived;
}

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The default answer to a hello. */
export const GREETING: HelloOutput = {
  agent: 'scout' as AgentName,
  parent: 'manager' as AgentName,
  spec: {
    role: 'tester',
    driver: 'claude',
    model: 'claude-sonnet-4-5',
    image: 'none',
    tools: ['Bash', 'Edit', 'Read', 'Write'],
    prompt: '',
    limits: { memoryMb: 1_024, cpus: 1, pids: 256, tmpMb: 64, diskMb: 0, diskFiles: 0 },
    turnTimeoutMs: 60_000,
  },
  sessionId: null,
  leaseMs: 3_000,
  warmIdleMs: 60_000,
};
