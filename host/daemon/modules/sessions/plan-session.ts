import { DRIVERS } from '../../../../protocol/drivers/drivers.ts';
import { findPrice } from '../../../../protocol/find-price.ts';
import type { ProviderKind, ProviderName } from '../../../../protocol/providers.ts';
import type { PriceRow } from '../../../../protocol/schemas/price.ts';
import type { Handover, SessionPlan } from '../../../../protocol/schemas/session.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { AgentRow } from '../agents/queries.ts';
import { openThreadsOf } from '../mail/queries.ts';
import { openQuestionsOf } from '../questions/queries.ts';
import { listTurnsWithModel, type TurnStatsRow } from '../stats/queries.ts';
import { standingOf } from '../timers/queries.ts';
import { type Rates, TYPICAL_RATES, type Work } from './policy/cost-model.ts';
import { decideSession } from './policy/decide-session.ts';
import { habitsOf, RECENT_TURNS } from './policy/simulate.ts';
import { findSession, hasSessions, type SessionRow, wishOf } from './store/sessions.ts';

/** What the choice of a conversation depends on, beside the store. */
export interface SessionDeps {
  prices: readonly PriceRow[];
  /** The kind of a provider; null for an unknown one, and for the demo model. */
  kindOf: (provider: string) => ProviderKind | null;
  /** `continue`: every turn continues the conversation, whatever it costs. */
  policy: 'auto' | 'continue';
}

const FIVE_MINUTES = 5 * 60_000;
const HOUR = 60 * 60_000;
/** The most of each kind that a fresh conversation is told. */
const MOST_TOLD = 5;

/**
 * The conversation of an agent's next turn, and why. Reads only. `mayChoose`: its harness uses the choice. One of
 * another driver than the agent's is not chosen: its CLI does not know it.
 */
export function planSession(
  db: Db,
  deps: SessionDeps,
  { agent, at, mayChoose }: { agent: AgentRow; at: number; mayChoose: boolean },
): SessionPlan {
  const { name, sessionId } = agent;
  const { capabilities } = DRIVERS[agent.spec.driver];
  const wish = mayChoose ? wishOf(db, name) : null;
  if (wish?.wish === 'fresh') return fresh('a fresh one, by the operator');
  if (wish !== null) {
    const wished = findSession(db, name, wish.id);
    if (!isForeign(wished)) {
      if (wish.wish === 'use') return known('continue', wish.id, { row: wished, reason: 'resumed by the operator' });
      if (capabilities.copies === 'forked')
        return known('fork', wish.id, { row: wished, reason: 'a copy, by the operator' });
    }
  }
  if (sessionId === null) return fresh('the last one could not go on', 'there is no conversation yet');
  const row = findSession(db, name, sessionId);
  if (!mayChoose) return known('continue', sessionId, { row, reason: 'the harness is older than this hive' });
  if (isForeign(row)) return fresh('the driver was changed');
  if (deps.policy === 'continue')
    return known('continue', sessionId, { row, reason: 'conversations are always continued here' });
  const turns = listTurnsWithModel(db, { agent: name, since: agent.createdAt, limit: RECENT_TURNS });
  const last = turns[0];
  if (row === null || last === undefined)
    return known('continue', sessionId, { row, reason: 'nothing is known of its size' });
  const lifeMs = lifeOf(turns);
  const decision = decideSession({
    // What the gateway counts may be reported after the turn's end.
    contextTokens: row.windowTokens === null && last.sessionId === sessionId ? last.contextTokens : row.contextTokens,
    windowTokens: row.windowTokens,
    sinceMs: Math.max(0, at - (last.endedAt ?? last.startedAt)),
    lifeMs,
    rates: ratesOf(deps, last, lifeMs),
    canCompact: capabilities.compaction === 'asked',
    notesAt: row.notesAt,
    habits: habitsOf(describeTurns(turns), lifeMs),
  });
  if (decision.choice === 'fresh') return fresh(decision.reason);
  return { ...known(decision.choice, sessionId, { row, reason: decision.reason }), askNotes: decision.askNotes };

  function isForeign(session: SessionRow | null): boolean {
    return session !== null && session.driver !== agent.spec.driver;
  }

  function known(choice: 'continue' | 'compact' | 'fork', id: string, of: { reason: string; row: SessionRow | null }) {
    return { choice, id, reason: of.reason, mark: of.row?.mark ?? null, askNotes: false, handover: null };
  }

  /** `ofFirst`: the reason where the agent has had no conversation. */
  function fresh(reason: string, ofFirst = reason): SessionPlan {
    const plan = { choice: 'fresh', id: null, mark: null, askNotes: false } as const;
    if (!hasSessions(db, name)) return { ...plan, reason: ofFirst, handover: null };
    return { ...plan, reason, handover: handoverOf(db, name) };
  }
}

/** How long the cache keeps what these turns wrote: by what most of it was written for. */
export function lifeOf(turns: readonly Pick<TurnStatsRow, 'cacheWrite5mTokens' | 'cacheWrite1hTokens'>[]): number {
  const sum = (of: (turn: (typeof turns)[number]) => number) => turns.reduce((all, turn) => all + of(turn), 0);
  return sum((turn) => turn.cacheWrite1hTokens) > sum((turn) => turn.cacheWrite5mTokens) ? HOUR : FIVE_MINUTES;
}

/** The prices of the model that a turn used last. */
export function ratesOf(
  deps: Pick<SessionDeps, 'prices' | 'kindOf'>,
  { provider, model }: Pick<TurnStatsRow, 'provider' | 'model'>,
  lifeMs: number,
): Rates {
  if (provider === null || model === null) return TYPICAL_RATES;
  const kind = deps.kindOf(provider);
  const price = findPrice(deps.prices, { provider: provider as ProviderName, kind, model })?.price;
  if (price === undefined) return TYPICAL_RATES;
  const cacheWrite = lifeMs >= HOUR ? price.cacheWrite1h : price.cacheWrite5m;
  return { input: price.input, cacheRead: price.cacheRead, cacheWrite, output: price.output };
}

/** Turns in which a model was used, newest first, as the pauses before them and their work. */
export function describeTurns(turns: readonly TurnStatsRow[]): (Work & { gapMs: number })[] {
  return turns.map((turn, index) => {
    const before = turns[index + 1];
    const gapMs = before === undefined ? 0 : Math.max(0, turn.startedAt - (before.endedAt ?? before.startedAt));
    return { gapMs, calls: Math.max(1, turn.calls), growth: growthOf(turn, before), output: turn.outputTokens };
  });
}

/** By how much a turn made its conversation larger; of a fresh one, what it wrote into the cache. */
function growthOf(turn: TurnStatsRow, before: TurnStatsRow | undefined): number {
  const grown = (turn.contextTokens ?? 0) - (before?.contextTokens ?? 0);
  const continues = turn.choice === 'continue' && before?.sessionId === turn.sessionId;
  if (continues && grown > 0) return grown;
  const { inputTokens, cacheWrite5mTokens, cacheWrite1hTokens, outputTokens } = turn;
  return Math.min(20_000, inputTokens + cacheWrite5mTokens + cacheWrite1hTokens + outputTokens);
}

/** What an agent that forgot its conversation must know of its mail. */
export function handoverOf(db: Db, name: string): Handover {
  const questions = openQuestionsOf(db, name).toReversed();
  return {
    threads: openThreadsOf(db, name, MOST_TOLD).map(({ id, participants }) => ({
      id,
      with: participants.filter((one) => one !== name).slice(0, 5),
    })),
    toAnswer: questions
      .filter(({ asked }) => asked === name)
      .slice(0, MOST_TOLD)
      .map(({ id, asker }) => ({ id, from: asker })),
    asked: questions
      .filter(({ asker }) => asker === name)
      .slice(0, MOST_TOLD)
      .map(({ id, asked }) => ({ id, of: asked })),
    reminders: standingOf(db, name)
      .slice(0, MOST_TOLD)
      .map(({ id, dueAt }) => ({ id, dueAt })),
  };
}
