import { HiveError } from '../../../../protocol/errors.ts';
import type { AgentName } from '../../../../protocol/names.ts';
import type { FinishInput } from '../../../../protocol/schemas/harness.ts';
import type { SessionPlan } from '../../../../protocol/schemas/session.ts';
import type { Tx } from '../../core/writer.ts';
import { findAgent, setSession } from '../agents/queries.ts';
import { planSession, type SessionDeps } from '../sessions/plan-session.ts';
import { deleteForkWish, deleteWish, storeSession } from '../sessions/queries.ts';
import { findTurnStats } from '../stats/queries.ts';

/**
 * Chooses the conversation of a turn that begins. What it drops or takes up is stored at once: the turn may fail, and
 * the next one begins likewise. `mayChoose`: its harness uses the choice.
 */
export function beginSession(
  tx: Tx,
  deps: { sessions: SessionDeps },
  of: { agent: AgentName; at: number; mayChoose: boolean },
): { session: SessionPlan; driver: string } {
  const agent = findAgent(tx.db, of.agent);
  if (agent === null) throw new HiveError('unknown_agent');
  const session = planSession(tx.db, deps.sessions, { agent, at: of.at, mayChoose: of.mayChoose });
  if (of.mayChoose && session.choice !== 'fork') {
    if (session.id !== agent.sessionId) setSession(tx.db, agent.name, session.id);
    deleteWish(tx.db, agent.name);
  }
  return { session, driver: agent.spec.driver };
}

/** Records what is known of a turn's conversation at its end. The wish for a copy ends with the copy. */
export function learnSession(
  tx: Tx,
  of: { agent: AgentName; finish: FinishInput; plan: SessionPlan | null; at: number },
): void {
  const { agent, finish, plan } = of;
  const stats = findTurnStats(tx.db, finish.turn);
  if (finish.sessionId === null || stats === null) return;
  const contextTokens = finish.contextTokens ?? stats.contextTokens;
  const isCopy = plan?.choice === 'fork' && finish.sessionId !== plan.id;
  if (isCopy && plan.id !== null) deleteForkWish(tx.db, { agent, id: plan.id, begunAt: stats.startedAt });
  storeSession(tx.db, agent, {
    id: finish.sessionId,
    driver: stats.driver,
    at: of.at,
    copyOf: isCopy ? plan.id : null,
    contextTokens,
    windowTokens: finish.windowTokens,
    mark: finish.sessionMark,
    bytes: finish.sessionBytes,
    asked: plan?.askNotes === true && finish.outcome === 'done' ? contextTokens : null,
    compacted: finish.compacted,
  });
}

/** Why a conversation's file could not be used, in words. */
export function sayLost(lost: FinishInput['sessionLost']): string | null {
  if (lost === null) return null;
  return lost === 'missing' ? 'its file was missing' : 'its file lacked the last exchange: it was cut off';
}
