import type { AgentName } from '../../../protocol/names.ts';
import type { Db } from '../../../store/open-store.ts';
import { nextChangeAt, releaseHeld } from '../modules/mail/store/deliveries.ts';
import { nextDeadline } from '../modules/questions/store/questions.ts';
import { listOpenTurns } from '../modules/turns/store/turns.ts';
import type { Tx, Writer } from './writer.ts';
import type { Broker } from '../modules/mail/broker.ts';
import { judgeTime, type Reading, type TimePassed } from './judge-time.ts';
import { expireMail } from '../modules/mail/given-up.ts';
import { endDueQuestions } from '../modules/questions/questions.ts';
import { loseTurn } from '../modules/turns/turns.ts';

/** The longest the timers sleep, so that a clock that jumps is noticed soon. */
const LONGEST_NAP_MS = 1_000;
/** Deliveries and questions that end in one transaction. */
const BATCH = 200;
/** How often the fleet is looked at even when nothing was heard. */
const LOOK_AROUND_MS = 15_000;

export interface SweepDeps {
  db: Db;
  writer: Writer;
  broker: Broker;
  clock: () => number;
  /** Fires reminders and schedules that are due; answers when the next one is. */
  fireDue: (now: number) => Promise<number | null>;
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
      next = await endWhatIsDue(deps);
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
      loseTurn(tx, turnDeps, { turn, reason, outcome: 'lost' });
    }
  });
}

/**
 * What falls due by the calendar: reminders and schedules, deadlines of questions, mail that expires or is let go.
 * Each transaction takes a bounded piece, so that no send waits long. Returns when the next thing is due.
 */
export async function endWhatIsDue(deps: SweepDeps): Promise<number | null> {
  const { db, broker, clock } = deps;
  const { postDeps } = broker;
  if ((nextChangeAt(db) ?? Infinity) <= clock())
    await inPieces(deps, (tx) => {
      const freed = releaseHeld(tx.db, clock());
      tx.after(() => freed.forEach(postDeps.onQueued));
      return expireMail(tx, postDeps, BATCH);
    });
  if ((nextDeadline(db) ?? Infinity) <= clock()) await inPieces(deps, (tx) => endDueQuestions(tx, postDeps, BATCH));
  const timers = await deps.fireDue(clock());
  return [timers, nextChangeAt(db), nextDeadline(db)].reduce(
    (least, at) => (at === null ? least : Math.min(at, least ?? at)),
    null,
  );
}

async function inPieces(deps: SweepDeps, piece: (tx: Tx) => number): Promise<void> {
  while ((await deps.writer.write(piece)) === BATCH);
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
