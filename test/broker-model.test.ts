import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseMail } from '../host/daemon/modules/turns/policy/turn.ts';
import type { AgentName } from '../protocol/names.ts';
import type { TurnOffer } from '../protocol/schemas/harness.ts';
import type { Priority } from '../protocol/schemas/message.ts';
import { renewAllTurns } from '../host/daemon/modules/turns/store/turns.ts';
import { openTestHive, type TestHive } from '../host/daemon/testing/open-test-hive.ts';
import { rankOf } from '../host/daemon/modules/mail/policy/order.ts';
import { fireDueWork } from '../host/daemon/core/due-work.ts';

/**
 * Compares the broker with a model of two pages: any order of sends, claims, renewals, ends, lost harnesses, crashes of
 * hived in the middle of sends, expiries, joins of running turns and requeues must leave the same deliveries in the
 * same states as in the model. The clock is the test's.
 */
const AGENTS = ['manager', 'scout', 'coder'] as const;
type Name = (typeof AGENTS)[number];
const MAX_FAILURES = 3;
const LEASE_MS = 60_000;

interface ModelDelivery {
  message: number;
  /** An agent, or the hive for its notices. */
  sender: string;
  recipient: Name;
  state: 'queued' | 'leased' | 'done' | 'dead' | 'expired' | 'withdrawn';
  attempts: number;
  failures: number;
  order: number;
  urgent: boolean;
  expiresAt: number | null;
  turn: number | null;
  /** The turn before the last one that leased it. */
  turnBefore: number | null;
}

type Outcome = 'done' | 'failed' | 'lost' | 'interrupted';

interface Model {
  deliveries: ModelDelivery[];
  /** The outcome of each agent's turns, by turn id. */
  ended: Map<number, { name: Name; outcome: Outcome }>;
  /** Notices that the hive owes the senders of dead or expired messages. */
  owed: { about: number; to: string }[];
  lastNotice: number;
  open: Map<Name, { turn: number; leaseUntil: number }>;
}

/** The system under test: a hive, which a crash replaces by one opened from its disk, and its harnesses. */
interface Real {
  hive: TestHive;
  harness: Map<Name, Awaited<ReturnType<TestHive['boot']>>>;
  turns: Map<Name, { turn: number; fence: number }>;
  /** Turns that are over, whose harness may still report their end. */
  stale: { name: Name; bootId: string; turn: number; fence: number }[];
}

type Command = fc.AsyncCommand<Model, Real>;
const RANKS: Priority[] = ['critical', 'high', 'normal', 'low'];

class Send implements Command {
  readonly from: Name;
  readonly to: Name;
  readonly priority: Priority | undefined;
  readonly ttl: number | undefined;
  constructor(from: Name, to: Name, how: { priority: Priority | undefined; ttl: number | undefined }) {
    this.from = from;
    this.to = to;
    this.priority = how.priority;
    this.ttl = how.ttl;
  }
  check = () => this.from !== this.to;
  async run(model: Model, real: Real): Promise<void> {
    const { id } = await this.begin(real);
    this.note(model, real, id);
  }
  begin(real: Real, key?: string) {
    return real.hive.broker.send(this.from as AgentName, {
      to: this.to as AgentName,
      body: `${this.from} to ${this.to}`,
      priority: this.priority,
      ttl_seconds: this.ttl,
      key,
    });
  }
  note(model: Model, real: Real, id: number): void {
    const now = real.hive.time.now;
    const relation = this.from === 'manager' ? 'parent' : this.to === 'manager' ? 'child' : 'sibling';
    model.deliveries.push({
      message: id,
      sender: this.from,
      recipient: this.to,
      state: 'queued',
      attempts: 0,
      failures: 0,
      turnBefore: null,
      order: now + 10_000 * rankOf(this.priority ?? null, relation),
      urgent: this.priority !== undefined && RANKS.indexOf(this.priority) < 2,
      expiresAt: this.ttl === undefined ? null : now + this.ttl * 1_000,
      turn: null,
    });
  }
  toString = () => `send(${this.from}→${this.to}, ${this.priority ?? '-'}, ttl ${this.ttl ?? '-'})`;
}

const isReady = (now: number) => (one: ModelDelivery) =>
  one.state === 'queued' && (one.expiresAt === null || one.expiresAt > now);
const inOrder = (a: ModelDelivery, b: ModelDelivery) => a.order - b.order || a.message - b.message;

class Claim implements Command {
  readonly name: Name;
  constructor(name: Name) {
    this.name = name;
  }
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    take(model, real, { name: this.name, offer: await real.harness.get(this.name)!.wake() });
  }
  toString = () => `claim(${this.name})`;
}

/** The answer to a wake must be the turn that the model expects. */
function take(model: Model, real: Real, { name, offer }: { name: Name; offer: TurnOffer | null }): void {
  const now = real.hive.time.now;
  if (!model.open.has(name)) {
    const ready = readyFor(model, real, name);
    const chosen = choose(model, name, ready.slice(0, 50));
    expect(offer?.deliveries.map((one) => one.id) ?? null).toEqual(
      ready.length === 0 ? null : chosen.map((one) => one.message),
    );
    if (offer === null) return;
    for (const one of chosen) lease(one, offer.turn);
    model.open.set(name, { turn: offer.turn, leaseUntil: now + LEASE_MS });
  }
  expect(offer?.turn).toBe(model.open.get(name)?.turn);
  for (const one of offer?.deliveries ?? []) {
    const known = model.deliveries.find((other) => other.message === one.id)!;
    // A message that is delivered again must be marked as such.
    expect(one.redelivered).toBe(known.attempts > 1);
  }
  if (offer !== null) real.turns.set(name, { turn: offer.turn, fence: offer.fence });
}

function readyFor(model: Model, real: Real, name: Name): ModelDelivery[] {
  const isMine = isReady(real.hive.time.now);
  return model.deliveries.filter((one) => one.recipient === name && isMine(one)).sort(inOrder);
}

/** A message for a waiting harness: its turn begins with the message's commit. */
class SendToWaiting implements Command {
  readonly send: Send;
  constructor(send: Send) {
    this.send = send;
  }
  check = (model: Readonly<Model>) => this.send.check() && !model.open.has(this.send.to);
  async run(model: Model, real: Real): Promise<void> {
    const { to } = this.send;
    const waits = readyFor(model, real, to).length === 0;
    const turn = real.harness.get(to)!.wake(10_000);
    if (waits) {
      await new Promise(setImmediate);
      const { id } = await this.send.begin(real);
      expect(real.hive.db.prepare('SELECT state FROM deliveries WHERE message_id = ?').pluck().all(id)).toEqual([
        'leased',
      ]);
      this.send.note(model, real, id);
    }
    take(model, real, { name: to, offer: await turn });
  }
  toString = () => `${this.send.toString()} to a harness that waits`;
}

const isBroken = (outcome: Outcome | undefined) => outcome === 'failed' || outcome === 'lost';

/**
 * Which mail goes alone and which lets other mail go first is a policy with tests of its own; the model passes its own
 * facts to it.
 */
function choose(model: Model, name: Name, ready: ModelDelivery[]): ModelDelivery[] {
  const last = [...model.ended].filter(([, turn]) => turn.name === name).sort(([a], [b]) => b - a)[0];
  const waiting = ready.map((one) => ({
    one,
    attempts: one.attempts,
    brokenTurn: one.turn !== null && isBroken(model.ended.get(one.turn)?.outcome) ? one.turn : null,
  }));
  return chooseMail(waiting, { lastBroke: isBroken(last?.[1].outcome) }).map(({ one }) => one);
}

/** A lost turn counts against mail only when the agent finished another one since it tried that mail before. */
function isProven(model: Model, one: ModelDelivery): boolean {
  const { turn, turnBefore } = one;
  if (turn === null || turnBefore === null) return false;
  return [...model.ended].some(
    ([id, end]) => end.name === one.recipient && end.outcome === 'done' && id > turnBefore && id < turn,
  );
}

function lease(one: ModelDelivery, turn: number): void {
  one.state = 'leased';
  one.attempts += 1;
  one.turnBefore = one.turn;
  one.turn = turn;
}

class Join implements Command {
  readonly name: Name;
  constructor(name: Name) {
    this.name = name;
  }
  check = (model: Readonly<Model>) => model.open.has(this.name);
  async run(model: Model, real: Real): Promise<void> {
    const turn = real.turns.get(this.name)!;
    const { bootId } = real.harness.get(this.name)!;
    const known = real.hive.db.prepare("SELECT id FROM deliveries WHERE state = 'leased'").pluck().all() as number[];
    const signal = new AbortController().signal;
    const got = await real.hive.broker.urgent(
      this.name as AgentName,
      { bootId, turn: turn.turn, fence: turn.fence, waitMs: 0, known },
      signal,
    );
    const due = model.deliveries
      .filter((one) => one.recipient === this.name && one.urgent)
      .filter(isReady(real.hive.time.now))
      .sort(inOrder);
    expect(got.messages.map((one) => one.id)).toEqual(due.map((one) => one.message));
    for (const one of due) lease(one, turn.turn);
  }
  toString = () => `join(${this.name})`;
}

class Finish implements Command {
  readonly name: Name;
  readonly outcome: 'done' | 'failed' | 'interrupted';
  constructor(name: Name, outcome: 'done' | 'failed' | 'interrupted') {
    this.name = name;
    this.outcome = outcome;
  }
  check = (model: Readonly<Model>) => model.open.has(this.name);
  async run(model: Model, real: Real): Promise<void> {
    const turn = real.turns.get(this.name)!;
    const harness = real.harness.get(this.name)!;
    await harness.finish(turn, this.outcome);
    // A repeated end counts once.
    await harness.finish(turn, this.outcome);
    endTurn(model, real, { name: this.name, outcome: this.outcome });
  }
  toString = () => `finish(${this.name}, ${this.outcome})`;
}

function endTurn(model: Model, real: Real, end: { name: Name; outcome: Outcome }): void {
  const { name, outcome } = end;
  const open = model.open.get(name)!;
  const back: number[] = [];
  for (const one of model.deliveries) {
    if (one.state !== 'leased' || one.turn !== open.turn) continue;
    const counts = outcome === 'failed' || (outcome === 'lost' && isProven(model, one));
    if (counts) one.failures += 1;
    one.state = outcome === 'done' ? 'done' : counts && one.failures >= MAX_FAILURES ? 'dead' : 'queued';
    if (one.state === 'dead' && one.sender !== 'system')
      for (const to of [one.sender, 'operator']) model.owed.push({ about: one.message, to });
    if (one.state === 'queued') back.push(one.message);
  }
  model.ended.set(open.turn, { name, outcome });
  // The operator is notified once of consecutive failed turns whose mail is not dead.
  const mine = [...model.ended.values()].filter((turn) => turn.name === name).reverse();
  const good = mine.findIndex((turn) => turn.outcome === 'done' || turn.outcome === 'interrupted');
  if (back.length > 0 && (good === -1 ? mine.length : good) === MAX_FAILURES + 1)
    model.owed.push({ about: Math.min(...back), to: 'operator' });
  model.open.delete(name);
  const turn = real.turns.get(name)!;
  real.stale.push({ name, bootId: real.harness.get(name)!.bootId, ...turn });
  real.turns.delete(name);
}

class Renew implements Command {
  readonly name: Name;
  constructor(name: Name) {
    this.name = name;
  }
  check = (model: Readonly<Model>) => model.open.has(this.name);
  async run(model: Model, real: Real): Promise<void> {
    const turn = real.turns.get(this.name)!;
    const { bootId } = real.harness.get(this.name)!;
    const status = { state: 'working' as const, reason: null, until: null };
    const beat = { bootId, ...turn, status, rssBytes: null, cliRssBytes: null };
    expect(await real.hive.broker.heartbeat(this.name as AgentName, beat)).toMatchObject({ turnIsYours: true });
    model.open.get(this.name)!.leaseUntil = real.hive.time.now + LEASE_MS;
  }
  toString = () => `renew(${this.name})`;
}

/** The harness was killed, and another one sends hello. */
class Reboot implements Command {
  readonly name: Name;
  constructor(name: Name) {
    this.name = name;
  }
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    if (model.open.has(this.name)) endTurn(model, real, { name: this.name, outcome: 'lost' });
    real.harness.set(this.name, await real.hive.boot(this.name));
  }
  toString = () => `reboot(${this.name})`;
}

/** A stalled harness comes back late: all its calls are refused. */
class SpeakLate implements Command {
  check = () => true;
  async run(_model: Model, real: Real): Promise<void> {
    const late = real.stale.at(-1);
    if (late === undefined) return;
    const name = late.name as AgentName;
    const told = { bootId: late.bootId, turn: late.turn, fence: late.fence };
    const ask = { ...told, waitMs: 0, known: [] };
    await expect(real.hive.broker.urgent(name, ask, new AbortController().signal)).rejects.toMatchObject({
      code: expect.stringMatching(/^stale_/) as string,
    });
    await expect(
      real.harness.get(late.name)!.finish({ turn: late.turn, fence: late.fence + 1 }, 'done'),
    ).rejects.toMatchObject({ code: 'stale_fence' });
  }
  toString = () => 'speakLate';
}

class Wait implements Command {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    real.hive.time.now += this.ms;
    const now = real.hive.time.now;
    const deps = { ...real.hive, onError: (error: unknown) => expect.unreachable(String(error)) };
    await fireDueWork(deps);
    for (const [name, open] of model.open) if (open.leaseUntil < now) endTurn(model, real, { name, outcome: 'lost' });
    for (const one of model.deliveries)
      if (one.state === 'queued' && one.expiresAt !== null && one.expiresAt <= now) {
        one.state = 'expired';
        model.owed.push({ about: one.message, to: one.sender });
      }
  }
  toString = () => `wait(${this.ms})`;
}

/**
 * hived is killed during these sends: an acknowledged message is stored; the others are stored whole, or not at all.
 */
class Crash implements Command {
  readonly sends: Send[];
  readonly ticks: number;
  constructor(sends: Send[], ticks: number) {
    this.sends = sends.filter((send) => send.check());
    this.ticks = ticks;
  }
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    const old = real.hive;
    const keys = this.sends.map(() => crypto.randomUUID());
    const answered = new Set<string>();
    const under = this.sends.map((send, index) => send.begin(real, keys[index]).then(() => answered.add(keys[index]!)));
    for (let tick = 0; tick < this.ticks; tick += 1) await new Promise(setImmediate);
    const hive = openTestHive(AGENTS, { crashedOf: old, broker: ROOMY });
    const promised = new Set(answered);
    await Promise.all(under);
    await old.close();
    hive.db.pragma('synchronous = OFF');
    expect(hive.db.pragma('integrity_check', { simple: true })).toBe('ok');
    real.hive = hive;
    real.harness = new Map([...real.harness].map(([name, { bootId }]) => [name, hive.resume(name, bootId)] as const));
    const find = hive.db.prepare('SELECT id FROM messages WHERE key = ?').pluck();
    for (const [index, send] of this.sends.entries()) {
      const id = find.get(keys[index]) as number | undefined;
      if (promised.has(keys[index]!)) expect(id).toBeDefined();
      if (id !== undefined) send.note(model, real, id);
    }
    await hive.writer.write((tx) => renewAllTurns(tx.db, hive.time.now + LEASE_MS));
    for (const open of model.open.values()) open.leaseUntil = hive.time.now + LEASE_MS;
  }
  toString = () => `crash(during ${this.sends.length} sends, after ${this.ticks} ticks)`;
}

class Requeue implements Command {
  readonly drop: boolean;
  constructor(drop: boolean) {
    this.drop = drop;
  }
  check = (model: Readonly<Model>) => model.deliveries.some((one) => one.state === 'dead');
  async run(model: Model, real: Real): Promise<void> {
    const dead = model.deliveries.filter((one) => one.state === 'dead');
    const one = dead[0]!;
    const find = real.hive.db.prepare('SELECT id FROM deliveries WHERE message_id = ? AND recipient = ?').pluck();
    const deliveries = [find.get(one.message, one.recipient) as number];
    if (this.drop) {
      expect(await real.hive.broker.drop({ deliveries })).toBe(1);
      one.state = 'withdrawn';
      return;
    }
    expect(await real.hive.broker.requeue({ deliveries })).toMatchObject({ requeued: 1 });
    one.state = 'queued';
    one.failures = 0;
    one.expiresAt = null;
  }
  toString = () => (this.drop ? 'drop' : 'requeue');
}

/** After each command hive and model must agree on every delivery and on the notices owed. */
function watched(command: Command): Command {
  return {
    check: (model) => command.check(model),
    async run(model, real) {
      await command.run(model, real);
      takeNotices(model, real);
      compare(model, real);
    },
    toString: () => command.toString(),
  };
}

function takeNotices(model: Model, real: Real): void {
  const notices = real.hive.db
    .prepare(
      'SELECT id, in_reply_to AS about, recipient AS "to", at FROM messages WHERE sender = \'system\' AND id > ?',
    )
    .all(model.lastNotice) as { id: number; about: number; to: string; at: number }[];
  const say = (notice: { about: number; to: string }) => `${notice.to} hears of ${notice.about}`;
  expect(notices.map(say).sort()).toEqual(model.owed.map(say).sort());
  model.owed = [];
  for (const { id, to, at } of notices) {
    model.lastNotice = id;
    if (to === 'operator') continue;
    model.deliveries.push({
      message: id,
      sender: 'system',
      recipient: to as Name,
      state: 'queued',
      attempts: 0,
      failures: 0,
      turnBefore: null,
      order: at + 10_000,
      urgent: false,
      expiresAt: null,
      turn: null,
    });
  }
}

function compare(model: Model, real: Real): void {
  const rows = real.hive.db
    .prepare(
      "SELECT message_id AS message, recipient, state, attempts, failures FROM deliveries WHERE recipient <> 'operator' ORDER BY id",
    )
    .all();
  const told = model.deliveries
    .toSorted((a, b) => a.message - b.message)
    .map(({ message, recipient, state, attempts, failures }) => ({ message, recipient, state, attempts, failures }));
  // Compared as text first: `toEqual` of some hundred rows after every step took most of this test's time.
  if (JSON.stringify(rows) !== JSON.stringify(told)) expect(rows).toEqual(told);
  const held = real.hive.db.prepare("SELECT COUNT(*) FROM deliveries WHERE state = 'leased'").pluck().get();
  expect(held).toBe(model.deliveries.filter((one) => one.state === 'leased').length);
}

/** Limits high enough to have no effect here. */
const ROOMY = { send_burst: 1e6, loop_slow_hops: 1e6, loop_pause_hops: 1e6, loop_max_hops: 1e6 };
const RUNS = 150;
const COMMANDS = 240;

const name = fc.constantFrom(...AGENTS);
const send = fc
  .tuple(
    name,
    name,
    fc.option(fc.constantFrom(...RANKS), { nil: undefined }),
    fc.option(fc.integer({ min: 10, max: 120 }), { nil: undefined }),
  )
  .map(([from, to, priority, ttl]) => new Send(from, to, { priority, ttl }));
const finish = fc
  .tuple(name, fc.constantFrom('done' as const, 'failed' as const, 'failed' as const, 'interrupted' as const))
  .map(([who, outcome]) => new Finish(who, outcome));
const anything = [
  send,
  send,
  name.map((who) => new Claim(who)),
  send.map((one) => new SendToWaiting(one)),
  name.map((who) => new Join(who)),
  finish,
  finish,
  name.map((who) => new Renew(who)),
  name.map((who) => new Reboot(who)),
  fc.constant(new SpeakLate()),
  fc.integer({ min: 1, max: 70_000 }).map((ms) => new Wait(ms)),
  fc
    .tuple(fc.array(send, { maxLength: 5 }), fc.integer({ min: 0, max: 3 }))
    .map(([sends, ticks]) => new Crash(sends, ticks)),
  fc.boolean().map((drop) => new Requeue(drop)),
].map((commands) => commands.map(watched));

test(
  'ten thousand steps of everything that can happen to mail agree with the model',
  { timeout: 900_000 },
  async () => {
    const seed = Number(process.env['HIVE_TEST_SEED'] ?? Date.now() % 2 ** 31);
    process.stdout.write(`broker model: seed ${seed} (set HIVE_TEST_SEED to repeat)\n`);
    let steps = 0;
    const counted = anything.map((commands) =>
      commands.map((command) => ({
        ...command,
        run: (model: Model, real: Real) => {
          steps += 1;
          return command.run(model, real);
        },
      })),
    );
    await fc.assert(
      fc.asyncProperty(fc.commands(counted, { size: 'max', maxCommands: COMMANDS }), async (commands) => {
        const hive = openTestHive(AGENTS, { broker: ROOMY });
        // The test proves order, not durability; the soak test kills real processes.
        hive.db.pragma('synchronous = OFF');
        const harness = new Map<Name, Awaited<ReturnType<TestHive['boot']>>>();
        for (const who of AGENTS) harness.set(who, await hive.boot(who));
        const real: Real = { hive, harness, turns: new Map(), stale: [] };
        try {
          const model: Model = { deliveries: [], ended: new Map(), owed: [], lastNotice: 0, open: new Map() };
          await fc.asyncModelRun(() => ({ model, real }), commands);
        } finally {
          await real.hive.close();
        }
      }),
      { seed, numRuns: RUNS, endOnFailure: false },
    );
    process.stdout.write(`broker model: ${steps} steps\n`);
    expect(steps).toBeGreaterThan(10_000);
  },
);
