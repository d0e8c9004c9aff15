import * as fc from 'fast-check';
import { expect } from 'vitest';
import { fireDueWork } from '../../../host/daemon/core/due-work.ts';
import { rankOf } from '../../../host/daemon/modules/mail/policy/order.ts';
import { renewAllTurns } from '../../../host/daemon/modules/turns/store/turns.ts';
import { openTestHive } from '../../../host/daemon/testing/open-test-hive.ts';
import type { AgentName } from '../../../protocol/names.ts';
import { type Notice, NOTICES } from '../../../protocol/notices.ts';
import type { Priority } from '../../../protocol/schemas/message.ts';
import {
  AGENTS,
  compare,
  endTurn,
  inOrder,
  isReady,
  LEASE_MS,
  lease,
  noteNotice,
  type Model,
  type Name,
  readyFor,
  type Real,
  take,
  takeNotices,
} from './model.ts';

/** One thing that happens to mail: acts on the hive and on the model, and compares their results. */
type Command = fc.AsyncCommand<Model, Real>;
const RANKS: Priority[] = ['critical', 'high', 'normal', 'low'];

/** Limits high enough to have no effect here. */
export const ROOMY = { send_burst: 1e6, loop_slow_hops: 1e6, loop_pause_hops: 1e6, loop_max_hops: 1e6 };

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
      wakes: true,
      expiresAt: this.ttl === undefined ? null : now + this.ttl * 1_000,
      turn: null,
    });
  }
  toString = () => `send(${this.from}→${this.to}, ${this.priority ?? '-'}, ttl ${this.ttl ?? '-'})`;
}

/** The hive itself tells an agent something. */
class Notify implements Command {
  readonly to: Name;
  readonly notice: Notice;
  readonly urgent: boolean;
  constructor(to: Name, notice: Notice, urgent: boolean) {
    this.to = to;
    this.notice = notice;
    this.urgent = urgent;
  }
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    const { to, notice, urgent } = this;
    const priority = urgent ? 'critical' : undefined;
    const post = { sender: 'system', kind: 'system', notice, to, body: notice, priority } as const;
    const { id } = await real.hive.writer.write((tx) => real.hive.mail.post(tx, post));
    noteNotice(model, { id, to, notice, at: real.hive.time.now, urgent });
  }
  toString = () => `notify(${this.to}, ${this.notice}${this.urgent ? ', critical' : ''})`;
}

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

/** A message for a waiting harness: its turn begins with the message's commit. */
class SendToWaiting implements Command {
  readonly send: Send;
  constructor(send: Send) {
    this.send = send;
  }
  check = (model: Readonly<Model>) => this.send.check() && !model.open.has(this.send.to);
  async run(model: Model, real: Real): Promise<void> {
    const { to } = this.send;
    const waits = !readyFor(model, real, to).some((one) => one.wakes);
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
    const joins = due.some((one) => one.wakes) ? due : [];
    expect(got.messages.map((one) => one.id)).toEqual(joins.map((one) => one.message));
    for (const one of joins) lease(one, turn.turn);
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
        if (one.sender !== 'system') model.owed.push({ about: one.message, to: one.sender, notice: 'expired' });
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
    one.wakes = true;
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

const name = fc.constantFrom(...AGENTS);
const send = fc
  .tuple(
    name,
    name,
    fc.option(fc.constantFrom(...RANKS), { nil: undefined }),
    fc.option(fc.integer({ min: 10, max: 120 }), { nil: undefined }),
  )
  .map(([from, to, priority, ttl]) => new Send(from, to, { priority, ttl }));
const notify = fc
  .tuple(name, fc.constantFrom(...(Object.keys(NOTICES) as Notice[])), fc.boolean())
  .map(([to, notice, urgent]) => new Notify(to, notice, urgent));
const finish = fc
  .tuple(name, fc.constantFrom('done' as const, 'failed' as const, 'failed' as const, 'interrupted' as const))
  .map(([who, outcome]) => new Finish(who, outcome));
/** Generators of all commands, the more frequent ones repeated. */
export const anything = [
  send,
  send,
  notify,
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
