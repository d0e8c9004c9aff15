import { DRIVERS } from '../../../../protocol/drivers/drivers.ts';
import { findPrice } from '../../../../protocol/find-price.ts';
import type { ProviderKind, ProviderName } from '../../../../protocol/providers.ts';
import type { PriceRow } from '../../../../protocol/schemas/price.ts';
import type { Handover, SessionPlan } from '../../../../protocol/schemas/session.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { AgentRow } from '../agents/queries.ts';
import { openThreadsOf } from '../mail/queries.ts';
import { openQuestionsOf } from '../questions/queries.ts';
import { listTurnStats, type TurnStatsRow } from '../stats/queries.ts';
import { standingOf } from '../timers/queries.ts';
import { type Rates, TYPICAL_RATES, type Work } from './policy/cost-model.ts';
import { decideSession } from './policy/decide-session.ts';
import { habitsOf } from './policy/simulate.ts';
import { findSession, listSessions, wishOf } from './store/sessions.ts';

/** What the choice of a conversation depends on, beside the store. */
export interface SessionDeps {
  prices: readonly PriceRow[];
  /** The kind of a provider; null for an unknown one, and for the demo model. */
  kindOf: (provider: string) => ProviderKind | null;
  /** `continue`: every turn continues the conversation, whatever it costs. */
  policy: 'auto' | 'continue';
}

/** Turns of late from which an agent's habits are taken. */
const RECENT = 20;
const FIVE_MINUTES = 5 * 60_000;
const HOUR = 60 * 60_000;
/** The most of each kind that a fresh conversation is told. */
const MOST_TOLD = 5;

/** The conversation of an agent's next turn, and why. Reads only. `mayChoose`: its harness uses the choice. */
export function planSession(
  db: Db,
  deps: SessionDeps,
  { agent, at, mayChoose }: { agent: AgentRow; at: number; mayChoose: boolean },
): SessionPlan {
  const { name, sessionId } = agent;
  const wish = mayChoose ? wishOf(db, name) : null;
  const canFork = DRIVERS[agent.spec.driver].capabilities.copies === 'forked';
  if (wish?.wish === 'use') return known(wish.id, 'continue', 'resumed by the operator');
  if (wish?.wish === 'fork' && canFork) return known(wish.id, 'fork', 'a copy, by the operator');
  if (wish?.wish === 'fresh') return fresh('a fresh one, by the operator');
  if (sessionId === null)
    return fresh(listSessions(db, name).length === 0 ? 'there is no conversation yet' : 'the last one could not go on');
  if (!mayChoose) return known(sessionId, 'continue', 'the harness is older than this hive');
  if (deps.policy === 'continue') return known(sessionId, 'continue', 'conversations are always continued here');
  const row = findSession(db, name, sessionId);
  const turns = turnsOf(db, agent);
  const last = turns[0];
  if (row === null || last === undefined) return known(sessionId, 'continue', 'nothing is known of its size');
  const lifeMs = lifeOf(turns);
  const decision = decideSession({
    // What the gateway counts may be reported after the turn's end.
    contextTokens: row.windowTokens === null && last.sessionId === sessionId ? last.contextTokens : row.contextTokens,
    windowTokens: row.windowTokens,
    sinceMs: Math.max(0, at - (last.endedAt ?? last.startedAt)),
    lifeMs,
    rates: ratesOf(deps, last, lifeMs),
    canCompact: DRIVERS[agent.spec.driver].capabilities.compaction === 'asked',
    notesAt: row.notesAt,
    habits: habitsOf(describeTurns(turns), lifeMs),
  });
  if (decision.choice === 'fresh') return fresh(decision.reason);
  return { ...known(sessionId, decision.choice, decision.reason), askNotes: decision.askNotes };

  function known(id: string, choice: 'continue' | 'compact' | 'fork', reason: string): SessionPlan {
    const mark = findSession(db, name, id)?.mark ?? null;
    return { choice, id, reason, mark, askNotes: false, handover: null };
  }

  function fresh(reason: string): SessionPlan {
    const isFirst = listSessions(db, name).length === 0;
    const handover = isFirst ? null : handoverOf(db, name);
    return { choice: 'fresh', id: null, reason, mark: null, askNotes: false, handover };
  }
}

/** The agent's own turns of late, newest first: not those of an earlier agent of its name. */
function turnsOf(db: Db, agent: AgentRow): TurnStatsRow[] {
  return listTurnStats(db, { agent: agent.name, before: Number.MAX_SAFE_INTEGER, limit: RECENT }).filter(
    ({ startedAt, endedAt }) => startedAt >= agent.createdAt && endedAt !== null,
  );
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

/** Turns, newest first, as the pauses before them and their work. */
export function describeTurns(turns: readonly TurnStatsRow[]): (Work & { gapMs: number })[] {
  return turns.flatMap((turn, index) => {
    const before = turns[index + 1];
    if (turn.calls === 0 && turn.counted !== 'cli') return [];
    const gapMs = before === undefined ? 0 : Math.max(0, turn.startedAt - (before.endedAt ?? before.startedAt));
    return [{ gapMs, calls: Math.max(1, turn.calls), growth: growthOf(turn, before), output: turn.outputTokens }];
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
