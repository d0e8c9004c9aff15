import { DRIVERS } from '../../../../protocol/drivers/drivers.ts';
import { HiveError } from '../../../../protocol/errors.ts';
import type { AgentName } from '../../../../protocol/names.ts';
import type { OpOutput, OpParsed } from '../../../../protocol/op.ts';
import type { sessionFileOperations } from '../../../../protocol/operations/session-files.ts';
import type { sessionOperations } from '../../../../protocol/operations/sessions.ts';
import type { SessionView } from '../../../../protocol/schemas/session.ts';
import type { Db } from '../../../../store/open-store.ts';
import type { EventLog } from '../../core/event-log.ts';
import { FROM_THE_END } from '../../core/page.ts';
import type { Tx, Writer } from '../../core/writer.ts';
import { requireAgent } from '../agents/known-agent.ts';
import { type AgentRow, bootFacts } from '../agents/queries.ts';
import { listTurnStats } from '../stats/queries.ts';
import { chooseSessionsToRemove } from './policy/prune-sessions.ts';
import {
  deleteSessionRow,
  findSession,
  listSessions,
  setFileSize,
  storeWish,
  type Wish,
  wishOf,
} from './store/sessions.ts';

type Operations = typeof sessionOperations;
type Files = typeof sessionFileOperations;

export interface ServeSessionsDeps {
  db: Db;
  writer: Writer;
  events: EventLog;
  clock: () => number;
  /** Files of conversations are kept for so many days, and so many MiB for each agent. */
  keep: { days: number; mb: number };
}

/** An agent's conversations: the operator's view and choice of them, and their files. */
export function createSessions({ db, writer, events, clock, keep }: ServeSessionsDeps) {
  /** Stores what the operator wants of the next turn. */
  async function choose(name: AgentName, by: string, decide: (agent: AgentRow, tx: Tx) => Wish) {
    const wish = await writer.writeVital((tx) => {
      const chosen = decide(requireAgent(tx.db, name), tx);
      storeWish(tx.db, name, { ...chosen, at: clock() });
      const session = 'id' in chosen ? chosen.id : null;
      events.append(tx, 'conversation.chosen', { agent: name, data: { choice: chosen.wish, session, by } });
      return chosen;
    });
    return { name, session: 'id' in wish ? wish.id : null };
  }

  return {
    list(name: AgentName): OpOutput<Operations['listSessions']> {
      const agent = requireAgent(db, name);
      const wish = wishOf(db, name);
      const turns = listTurnStats(db, { agent: name, before: FROM_THE_END, limit: 200 });
      const sessions = listSessions(db, name).map((row): SessionView => {
        const last = turns.find(({ sessionId }) => sessionId === row.id);
        const { id, driver, copyOf, firstAt, lastAt, contextTokens, windowTokens, bytes } = row;
        return {
          id,
          driver,
          isCurrent: id === agent.sessionId,
          copyOf,
          firstAt,
          lastAt,
          turns: row.turns,
          contextTokens,
          windowTokens,
          bytes,
          choice: last?.choice ?? null,
          reason: last?.reason ?? null,
        };
      });
      const next = wish === null ? null : { choice: wish.wish, session: 'id' in wish ? wish.id : null };
      return { sessions, next };
    },
    use: (name: AgentName, id: string, by: string) =>
      choose(name, by, (agent, tx) => ({ wish: 'use', id: requireSession(tx.db, agent, id) })),
    reset: (name: AgentName, by: string) => choose(name, by, () => ({ wish: 'fresh' })),
    fork: (name: AgentName, id: string | undefined, by: string) =>
      choose(name, by, (agent, tx) => {
        if (DRIVERS[agent.spec.driver].capabilities.copies !== 'forked')
          throw new HiveError('wrong_state', `The driver ${agent.spec.driver} cannot copy a conversation.`);
        const given = id ?? agent.sessionId;
        if (given === null)
          throw new HiveError('wrong_state', `${name} has no conversation yet; there is nothing to copy.`);
        return { wish: 'fork', id: requireSession(tx.db, agent, given) };
      }),
    /**
     * A harness tells which files there are: what is too old or too much is named, and, where `complete` says that
     * there are no others, a conversation without a file is forgotten.
     */
    async report(
      name: AgentName,
      { bootId, sessions, complete }: OpParsed<Files['reportSessions']>,
    ): Promise<OpOutput<Files['reportSessions']>> {
      if (bootFacts(db, name)?.bootId !== bootId) throw new HiveError('stale_boot');
      return writer.write((tx) => {
        const agent = requireAgent(tx.db, name);
        const wish = wishOf(tx.db, name);
        const wanted = new Set(
          [agent.sessionId, wish !== null && 'id' in wish ? wish.id : null].filter((id) => id !== null),
        );
        const limits = { now: clock(), days: keep.days, bytes: keep.mb * 1_048_576, wanted };
        const remove = chooseSessionsToRemove(sessions, limits);
        const left = new Map(sessions.filter(({ id }) => !remove.includes(id)).map(({ id, bytes }) => [id, bytes]));
        for (const { id, driver } of listSessions(tx.db, name)) {
          const bytes = left.get(id);
          if (bytes !== undefined) setFileSize(tx.db, { agent: name, id, bytes });
          else if ((complete || remove.includes(id)) && driver === agent.spec.driver && !wanted.has(id))
            deleteSessionRow(tx.db, name, id);
        }
        return { remove };
      });
    },
  };
}

export type Sessions = ReturnType<typeof createSessions>;

/** A conversation of the agent's present driver, by its ID or the beginning of it. */
function requireSession(db: Db, { name, spec }: AgentRow, given: string): string {
  const row = findSession(db, name, given);
  const fitting = row === null ? listSessions(db, name).filter(({ id }) => id.startsWith(given)) : [row];
  const [found, ...others] = fitting;
  if (found === undefined)
    throw new HiveError('not_found', `${name} has no conversation "${given}". Look at the list.`, {
      details: { command: `hivectl sessions ls ${name}` },
    });
  if (others.length > 0)
    throw new HiveError('not_found', `Several conversations of ${name} begin with "${given}". Give more of the ID.`);
  if (found.driver !== spec.driver)
    throw new HiveError(
      'wrong_state',
      `That conversation is one of the driver ${found.driver}; ${name} has ${spec.driver}.`,
    );
  return found.id;
}
