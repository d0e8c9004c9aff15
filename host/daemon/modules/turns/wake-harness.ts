import { HiveError } from '../../../../protocol/errors.ts';
import type { AgentName } from '../../../../protocol/names.ts';
import type { TurnOffer } from '../../../../protocol/schemas/harness.ts';
import type { Tx } from '../../core/writer.ts';
import type { Db } from '../../../../store/open-store.ts';
import { type BootFacts, bootFacts, findAgent } from '../agents/queries.ts';
import { isWaiting, leasedTo, orderOfNext, type Reach } from '../mail/queries.ts';
import { mayOffer } from './policy/turn.ts';
import { openTurnOf } from './store/turns.ts';
import type { In, Out, TurnParts } from './turn-deps.ts';
import { joinTurn, offerTurn, requireTurn } from './turns.ts';
import type { Waiters } from './waiters.ts';

/** A harness that waits for a turn. */
interface Harness {
  name: AgentName;
  bootId: string;
  /** It uses the conversation that an offer names. */
  knowsSessions: boolean;
  /** A turn of it starts its CLI. One of an older build does not say so. */
  startsCli: boolean;
}

/** The long polls of harnesses: for a turn, and for urgent mail while one runs. */
export function createWakes(parts: TurnParts) {
  const { db, writer, waiters, harnesses, starts, turns } = parts;
  const { clock } = parts.mail;
  /** Each agent's latest request for urgent mail: its harness may have abandoned the earlier ones. */
  const hearing = parts.memory.keep<object>('question about urgent mail');

  /** Long poll: returns the open turn, or a new one as soon as mail waits; null after `waitMs`. */
  async function wake(name: AgentName, input: In<'wake'>, signal: AbortSignal): Promise<Out<'wake'>> {
    // Monotonic clock: setting the wall clock must not hold a harness longer than it asked for.
    const deadline = performance.now() + input.waitMs;
    // Once, so that a call that outlives its agent leaves no report of it.
    harnesses.seen(name);
    starts.rests(name, { warm: input.cli === 'warm' });
    for (;;) {
      const seen = waiters.count(name);
      const harness = {
        name,
        bootId: input.bootId,
        knowsSessions: input.knowsSessions === true,
        startsCli: input.cli === 'none',
      };
      const offered = await tryOffer(harness);
      const letGo = input.cli === 'warm' && offered.turn === null ? starts.takeLetGo(name) : null;
      if (letGo !== null) return { turn: null, letGo };
      const leftMs = deadline - performance.now();
      if (offered.turn !== null || signal.aborted || leftMs <= 0) return { turn: offered.turn };
      const forMs = offered.at === null ? leftMs : Math.min(leftMs, offered.at - clock());
      const turn = await waitForOffer(harness, { seen, forMs, signal });
      if (turn !== null || signal.aborted) return { turn };
    }
  }

  /** Waits for a reason to check again; resolves with a turn if one began with the commit of its first message. */
  async function waitForOffer(harness: Harness, options: Parameters<Waiters['wait']>[1]): Promise<TurnOffer | null> {
    let turn: TurnOffer | null = null;
    const end = waiters.accept(harness.name, (tx) => {
      const offered = offerIn(tx, { ...harness, wokenAt: clock() });
      tx.after(() => {
        turn = offered;
      });
    });
    await waiters.wait(harness.name, options);
    end();
    return turn;
  }

  /** Offers a turn in the caller's transaction; null when none may begin now, or when no mail waits that starts one. */
  function offerIn(tx: Tx, harness: Harness & { wokenAt: number }): TurnOffer | null {
    const { name, bootId, wokenAt, knowsSessions } = harness;
    const now = clock();
    const facts = bootFacts(tx.db, name);
    if (facts === null || !mayOffer(facts, { bootId, now }).offer) return null;
    const reach = reachOf(facts, now);
    if (openTurnOf(tx.db, name) === null && (whyNotBegin(facts) !== null || !mayStart(tx.db, harness, { now, reach })))
      return null;
    starts.rests(name, { warm: false });
    return offerTurn(tx, turns, { name, bootId, generation: facts.generation, wokenAt, reach, knowsSessions });
  }

  /** Whether mail waits that starts a turn, and the machine has room for the CLI that its turn would start. */
  function mayStart(at: Db, { name, startsCli }: Harness, want: { now: number; reach: Reach }): boolean {
    const order = orderOfNext(at, name, want);
    const driver = startsCli && order !== null ? findAgent(at, name)?.spec.driver : undefined;
    if (order === null || driver === undefined) {
      starts.forgo(name);
      tellWaits(name, null);
      return order !== null;
    }
    const why = starts.ask(name, { driver, order });
    tellWaits(name, why);
    return why === null;
  }

  function tellWaits(name: AgentName, why: string | null): void {
    if ((harnesses.get(name)?.waitsFor ?? null) !== why) harnesses.seen(name, { waitsFor: why });
  }

  /** The reason that keeps a new turn from beginning; a running one continues. */
  function whyNotBegin(facts: BootFacts): 'outdated' | 'held' | 'disk' | null {
    // A harness that started with an outdated spec says hello again before its next turn.
    if (facts.specUntold === 1) return 'outdated';
    if (facts.held === 1) return 'held';
    return parts.disk?.mayBegin() === false ? 'disk' : null;
  }

  async function tryOffer(harness: Harness): Promise<{ turn: Out<'wake'>['turn']; at: number | null }> {
    const { name, bootId } = harness;
    const wokenAt = clock();
    const facts = bootFacts(db, name);
    if (facts === null) throw new HiveError('unknown_agent');
    const verdict = mayOffer(facts, { bootId, now: wokenAt });
    if (!verdict.offer) {
      if (verdict.stale) throw new HiveError('stale_boot');
      return { turn: null, at: verdict.at };
    }
    // Checking costs no commit; only leasing writes.
    if (openTurnOf(db, name) === null) {
      const why = whyNotBegin(facts);
      if (why === 'outdated') throw new HiveError('stale_boot');
      if (why !== null) return { turn: null, at: null };
      if (!mayStart(db, harness, { now: wokenAt, reach: reachOf(facts, wokenAt) }))
        return { turn: null, at: quietEnd(facts, wokenAt) };
    }
    // A change since the read above also wakes this wait, and the next pass reports it.
    return { turn: await writer.write((tx) => offerIn(tx, { ...harness, wokenAt })), at: null };
  }

  /**
   * Long poll: leases urgent mail to the running turn and returns it; empty after `waitMs`. Only the latest
   * request leases: the harness asks once more before its turn ends, and mail leased by an abandoned request
   * after that would count as done though nobody saw it.
   */
  async function urgent(name: AgentName, input: In<'urgent'>, signal: AbortSignal): Promise<Out<'urgent'>> {
    const deadline = performance.now() + input.waitMs;
    const question = {};
    hearing.set(name, question);
    const isLast = () => hearing.get(name) === question;
    for (;;) {
      const seen = waiters.count(name);
      const wokenAt = clock();
      const facts = bootFacts(db, name);
      if (facts?.bootId !== input.bootId) throw new HiveError('stale_boot');
      const turn = requireTurn({ db }, name, input);
      const reach = reachOf(facts, wokenAt) === 'critical' ? 'critical' : 'urgent';
      const missed = leasedTo(db, turn.id, 'joined').some((one) => !input.known.includes(one.delivery));
      if (missed || isWaiting(db, name, { now: wokenAt, reach })) {
        const ask = { wokenAt, reach, known: input.known } as const;
        const messages = await writer.write((tx) =>
          isLast() ? joinTurn(tx, turns, { turn: requireTurn(tx, name, input), ...ask }) : [],
        );
        if (messages.length > 0) return { messages };
      }
      const leftMs = deadline - performance.now();
      if (signal.aborted || leftMs <= 0 || !isLast()) return { messages: [] };
      await waiters.wait(name, { seen, forMs: leftMs, signal });
      if (signal.aborted || !isLast()) return { messages: [] };
    }
  }

  return { wake, urgent };
}

/** Which mail wakes an agent now, or joins its running turn: the turn of a paused one is not prolonged. */
function reachOf(facts: BootFacts, now: number): Reach {
  return quietEnd(facts, now) === null && facts.held === 0 ? 'all' : 'critical';
}

function quietEnd(facts: BootFacts, now: number): number | null {
  return facts.quietUntil !== null && facts.quietUntil > now ? facts.quietUntil : null;
}
