import type { AgentName } from '../../../protocol/names.ts';
import type { Db } from '../../../store/open-store.ts';
import { dueReminders, markFired, nextDueAt } from '../store/reminders.ts';
import { listOpenTurns } from '../store/turns.ts';
import type { Writer } from '../store/writer.ts';
import type { Broker } from './broker.ts';
import { judgeTime, type Reading, type TimePassed } from './judge-time.ts';
import { postMessage } from './post.ts';
import { loseTurn } from './turns.ts';

/** The longest the timers sleep, so that a clock that jumps is noticed soon. */
const LONGEST_NAP_MS = 1_000;
/** Reminders that fire in one transaction. */
const BATCH = 200;
/** How often the fleet is looked at even when nothing was heard. */
const LOOK_AROUND_MS = 15_000;

export interface SweepDeps {
  db: Db;
  writer: Writer;
  broker: Broker;
  clock: () => number;
  onError: (error: unknown) => void;
}

export interface RunSweepsDeps extends SweepDeps {
  /** Milliseconds that never run backwards. */
  steady: () => number;
  /** Called every 15 s, never before a jump or a stall was noticed. */
  lookAround: () => void;
  /** The clock was set, or hived did not run for a while. */
  onBrokenTime: (how: TimePassed) => void;
}

/**
 * What time alone brings about: leases that run out and reminders that fall due. Everything is read
 * from the store, so a restart loses nothing. After a jump of the clock or a stall of hived every
 * lease begins anew: no harness could have renewed its own. Ends with the signal; the returned
 * promise resolves when the round under way is over.
 */
export async function runSweeps(deps: RunSweepsDeps, signal: AbortSignal): Promise<void> {
  const read = (): Reading => ({ wall: deps.clock(), steady: deps.steady() });
  let last = read();
  let lookedAt = last.steady;
  while (!signal.aborted) {
    let next: number | null = null;
    const now = read();
    const passed = judgeTime(last, now, LONGEST_NAP_MS);
    last = now;
    if (passed.kind !== 'as_usual') {
      deps.broker.oweRenewal();
      deps.onBrokenTime(passed);
    }
    try {
      if (now.steady - lookedAt >= LOOK_AROUND_MS) {
        lookedAt = now.steady;
        deps.lookAround();
      }
      await expireLeases(deps, now.wall);
      next = await fireReminders(deps);
    } catch (error) {
      deps.onError(error);
    }
    await nap(Math.min(LONGEST_NAP_MS, next === null ? LONGEST_NAP_MS : Math.max(1, next - deps.clock())), signal);
  }
}

/**
 * Ends turns whose harness was not heard of for a whole lease in which it could have been heard.
 * `now` is the time that was judged: the clock may be set at any moment after.
 */
export async function expireLeases(deps: SweepDeps, now = deps.clock()): Promise<void> {
  await deps.broker.settleRenewal();
  if (!listOpenTurns(deps.db).some((turn) => turn.leaseUntil < now)) return;
  const { turnDeps } = deps.broker;
  await deps.writer.write((tx) => {
    for (const turn of listOpenTurns(tx.db)) {
      if (turn.leaseUntil >= now) continue;
      const silentMs = now - (turn.leaseUntil - turnDeps.leaseMs);
      turnDeps.events.append(tx, 'harness.lost', { agent: turn.agent as AgentName, data: { silentMs } });
      const reason = `its harness was not heard of for ${Math.round(silentMs / 1000)} s`;
      loseTurn(tx, turnDeps, { turn, reason, blameless: false });
    }
  });
}

/** Fires what is due; returns when the next one is. Firing and the message are one transaction. */
export async function fireReminders(deps: SweepDeps): Promise<number | null> {
  const { postDeps } = deps.broker;
  while ((nextDueAt(deps.db) ?? Infinity) <= deps.clock()) {
    await deps.writer.write((tx) => {
      for (const reminder of dueReminders(tx.db, deps.clock(), BATCH)) {
        const { agent, body } = reminder;
        const { id } = postMessage(tx, postDeps, { sender: agent, to: agent, kind: 'reminder', body });
        markFired(tx.db, reminder.id, id);
        const lateMs = deps.clock() - reminder.dueAt;
        postDeps.events.append(tx, 'reminder.fired', { agent, data: { id: reminder.id, message: id, lateMs } });
      }
    });
  }
  return nextDueAt(deps.db);
}

function nap(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    signal.addEventListener('abort', wake);
    if (signal.aborted) wake();
  });
}
