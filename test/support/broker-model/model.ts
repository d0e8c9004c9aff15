import { expect } from 'vitest';
import { MOST_RIDING } from '../../../host/daemon/modules/mail/wakes-by.ts';
import { chooseMail } from '../../../host/daemon/modules/turns/policy/turn.ts';
import type { TestHive } from '../../../host/daemon/testing/open-test-hive.ts';
import { drivesTurn, type Notice, type NoticeKind } from '../../../protocol/notices.ts';
import type { TurnOffer } from '../../../protocol/schemas/harness.ts';

/** The agents of the model's hive. */
export const AGENTS = ['manager', 'scout', 'coder'] as const;
export type Name = (typeof AGENTS)[number];
const MAX_FAILURES = 3;
export const LEASE_MS = 60_000;
/** What each agent's spec says of notices. */
export const WAKE_FOR: Readonly<Record<Name, NoticeKind[] | undefined>> = {
  manager: undefined,
  scout: [],
  coder: ['expired'],
};

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
  /** Whether it starts a turn; a notice that does not rides along. */
  wakes: boolean;
  expiresAt: number | null;
  turn: number | null;
  /** The turn before the last one that leased it. */
  turnBefore: number | null;
}

type Outcome = 'done' | 'failed' | 'lost' | 'interrupted';

/** The state that the broker should have. */
export interface Model {
  deliveries: ModelDelivery[];
  /** The outcome of each agent's turns, by turn id. */
  ended: Map<number, { name: Name; outcome: Outcome }>;
  /** Notices that the hive owes the senders of dead or expired messages. */
  owed: { about: number; to: string; notice: Notice }[];
  lastNotice: number;
  open: Map<Name, { turn: number; leaseUntil: number }>;
}

/** The system under test: a hive, which a crash replaces by one opened from its disk, and its harnesses. */
export interface Real {
  hive: TestHive;
  harness: Map<Name, Awaited<ReturnType<TestHive['boot']>>>;
  turns: Map<Name, { turn: number; fence: number }>;
  /** Turns that are over, whose harness may still report their end. */
  stale: { name: Name; bootId: string; turn: number; fence: number }[];
}

/** The answer to a wake must be the turn that the model expects. */
export function take(model: Model, real: Real, { name, offer }: { name: Name; offer: TurnOffer | null }): void {
  const now = real.hive.time.now;
  if (!model.open.has(name)) {
    const ready = readyFor(model, real, name);
    const chosen = choose(model, name, ready.slice(0, 50));
    expect(offer?.deliveries.map((one) => one.id) ?? null).toEqual(
      ready.some((one) => one.wakes) ? chosen.map((one) => one.message) : null,
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

/** Ends an agent's open turn in the model. */
export function endTurn(model: Model, real: Real, end: { name: Name; outcome: Outcome }): void {
  const { name, outcome } = end;
  const open = model.open.get(name)!;
  const back: number[] = [];
  for (const one of model.deliveries) {
    if (one.state !== 'leased' || one.turn !== open.turn) continue;
    const counts = outcome === 'failed' || (outcome === 'lost' && isProven(model, one));
    if (counts) one.failures += 1;
    one.state = outcome === 'done' ? 'done' : counts && one.failures >= MAX_FAILURES ? 'dead' : 'queued';
    if (one.state === 'dead' && one.sender !== 'system')
      for (const to of [one.sender, 'operator']) model.owed.push({ about: one.message, to, notice: 'given_up' });
    // The agent was interrupted while it had it.
    if (one.state === 'queued') one.wakes = true;
    if (one.state === 'queued') back.push(one.message);
  }
  model.ended.set(open.turn, { name, outcome });
  // The operator is notified once of consecutive failed turns whose mail is not dead.
  const mine = [...model.ended.values()].filter((turn) => turn.name === name).reverse();
  const good = mine.findIndex((turn) => turn.outcome === 'done' || turn.outcome === 'interrupted');
  if (back.length > 0 && (good === -1 ? mine.length : good) === MAX_FAILURES + 1)
    model.owed.push({ about: Math.min(...back), to: 'operator', notice: 'given_up' });
  model.open.delete(name);
  const turn = real.turns.get(name)!;
  real.stale.push({ name, bootId: real.harness.get(name)!.bootId, ...turn });
  real.turns.delete(name);
}

/** The hive's new notices must be those that the model owes; adds them to the model's mail. */
export function takeNotices(model: Model, real: Real): void {
  const notices = real.hive.db
    .prepare(
      'SELECT id, in_reply_to AS about, recipient AS "to", at FROM messages WHERE sender = \'system\' AND id > ?',
    )
    .all(model.lastNotice) as { id: number; about: number; to: string; at: number }[];
  const say = (notice: { about: number; to: string }) => `notice of ${notice.about} to ${notice.to}`;
  expect(notices.map(say).sort()).toEqual(model.owed.map(say).sort());
  for (const { id, about, to, at } of notices) {
    const due = model.owed.findIndex((one) => one.about === about && one.to === to);
    const [{ notice }] = model.owed.splice(due, 1) as [Model['owed'][number]];
    if (to === 'operator') model.lastNotice = id;
    else noteNotice(model, { id, to: to as Name, notice, at, urgent: false });
  }
}

/** Adds a notice of the hive to an agent to the model's mail. */
export function noteNotice(
  model: Model,
  { id, to, notice, at, urgent }: { id: number; to: Name; notice: Notice; at: number; urgent: boolean },
): void {
  model.lastNotice = id;
  const riding = model.deliveries.filter((one) => one.recipient === to && one.state === 'queued' && !one.wakes);
  model.deliveries.push({
    message: id,
    sender: 'system',
    recipient: to,
    state: 'queued',
    attempts: 0,
    failures: 0,
    turnBefore: null,
    order: at + (urgent ? 0 : 10_000),
    urgent,
    wakes: drivesTurn(notice, WAKE_FOR[to]) || riding.length + 1 >= MOST_RIDING,
    expiresAt: null,
    turn: null,
  });
}

/** Every delivery must be in the model's state. */
export function compare(model: Model, real: Real): void {
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

/** An agent's waiting deliveries that have not expired, in the order of delivery. */
export function readyFor(model: Model, real: Real, name: Name): ModelDelivery[] {
  const isMine = isReady(real.hive.time.now);
  return model.deliveries.filter((one) => one.recipient === name && isMine(one)).sort(inOrder);
}

export const isReady = (now: number) => (one: ModelDelivery) =>
  one.state === 'queued' && (one.expiresAt === null || one.expiresAt > now);
export const inOrder = (a: ModelDelivery, b: ModelDelivery) => a.order - b.order || a.message - b.message;

export function lease(one: ModelDelivery, turn: number): void {
  one.state = 'leased';
  one.attempts += 1;
  one.turnBefore = one.turn;
  one.turn = turn;
}

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

const isBroken = (outcome: Outcome | undefined) => outcome === 'failed' || outcome === 'lost';
