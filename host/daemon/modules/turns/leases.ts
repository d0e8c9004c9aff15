import { HiveError } from '../../../../protocol/errors.ts';
import type { AgentName } from '../../../../protocol/names.ts';
import { bootFacts, holdsOf } from '../agents/queries.ts';
import { findTurn, listOpenTurns, renewAllTurns, renewTurn } from './store/turns.ts';
import type { In, Out, TurnParts } from './turn-deps.ts';
import { loseTurn } from './turns.ts';

/** The leases of running turns: renewed by heartbeats, expired when a harness has no contact. */
export function createLeases(parts: TurnParts) {
  const { db, writer, harnesses, providers, limits, turns } = parts;
  const { events, clock } = parts.mail;
  /** Harnesses that could not renew their leases through no fault of theirs get full ones again. */
  let renewalOwed = false;

  /** Renews the running turn's lease and records the harness's status. */
  async function heartbeat(name: AgentName, input: In<'heartbeat'>): Promise<Out<'heartbeat'>> {
    const facts = bootFacts(db, name);
    if (facts === null) throw new HiveError('unknown_agent');
    if (facts.bootId !== input.bootId) throw new HiveError('stale_boot');
    const { status, phase, rssBytes, cliRssBytes } = input;
    harnesses.seen(name, { status, phase, rssBytes, cliRssBytes });
    const isTakenOver = () => holdsOf(db, name).some(({ kind }) => kind === 'taken_over');
    const hold = input.knowsTakeover === true ? { takenOver: isTakenOver() } : {};
    if (input.turn === null) return { turnIsYours: true, interrupt: false, ...hold };
    const turn = findTurn(db, input.turn);
    const yours = turn !== null && turn.agent === name && turn.endedAt === null && turn.fence === input.fence;
    if (!yours) return { turnIsYours: false, interrupt: true, ...hold };
    await writer
      .writeVital((tx) => renewTurn(tx.db, turn.id, clock() + limits.leaseMs))
      .catch((error: unknown) => {
        renewalOwed = true;
        throw error;
      });
    const answer = { turnIsYours: true, interrupt: turn.interrupt === 1, ...hold };
    // Omitted when there is none: harnesses of an older build do not know the field.
    const limitedUntil = providers.limitEnd(name, turn.startedAt);
    const budget = input.knowsBudgets === true ? providers.budgetStop(name, turn.startedAt) : null;
    return { ...answer, ...(limitedUntil === null ? {} : { limitedUntil }), ...(budget === null ? {} : { budget }) };
  }

  /**
   * Gives every open turn a full lease when that is owed; rejects, and keeps owing, when the disk refuses.
   */
  async function settleRenewal(): Promise<void> {
    if (!renewalOwed) return;
    await writer.writeVital((tx) => renewAllTurns(tx.db, clock() + limits.leaseMs));
    renewalOwed = false;
  }

  return {
    heartbeat,
    /**
     * After a time in which no lease could be renewed: every open turn gets a full lease before the next one
     * is judged.
     */
    oweRenewal(): void {
      renewalOwed = true;
    },
    /** When the first lease runs out, or now when renewals are owed; null without an open turn. */
    nextDueAt(now: number): number | null {
      if (renewalOwed) return now;
      return listOpenTurns(db).reduce<number | null>(
        (least, turn) => Math.min(turn.leaseUntil + 1, least ?? Infinity),
        null,
      );
    },
    /**
     * Ends turns whose harness had no contact for a full lease in which hived listened. `now` (epoch ms) is
     * the time of the judgement: the clock may be set at any moment after.
     */
    async expireLeases(now: number): Promise<void> {
      await settleRenewal();
      if (!listOpenTurns(db).some((turn) => turn.leaseUntil < now)) return;
      await writer.write((tx) => {
        for (const turn of listOpenTurns(tx.db)) {
          if (turn.leaseUntil >= now) continue;
          const silentMs = now - (turn.leaseUntil - limits.leaseMs);
          events.append(tx, 'harness.lost', { agent: turn.agent as AgentName, data: { silentMs } });
          const reason = `its harness was not heard of for ${Math.round(silentMs / 1000)} s`;
          loseTurn(tx, turns, { turn, reason, outcome: 'lost' });
        }
      });
    },
  };
}
