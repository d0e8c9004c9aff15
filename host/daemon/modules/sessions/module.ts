import type { Db } from '../../../../store/open-store.ts';
import type { Module } from '../../core/module.ts';
import { findAgent, listAgents } from '../agents/queries.ts';
import { requireKnown } from '../agents/known-agent.ts';
import type { SessionDeps } from './plan-session.ts';
import type { Sessions } from './serve-sessions.ts';
import { simulateRecorded } from './simulate-recorded.ts';
import { forgetSessionsOf } from './store/sessions.ts';

/** The conversations of agents: which one a turn has, why, and what each choice would cost. */
export function sessionsModule(deps: { db: Db; sessions: Sessions; choice: SessionDeps }) {
  const { db, sessions, choice } = deps;
  return {
    name: 'sessions',
    handlers: {
      agent: { reportSessions: (input, { caller }) => sessions.report(caller, input) },
      operator: {
        listSessions: ({ name }) => sessions.list(name),
        useSession: ({ name, session }, { caller }) => sessions.use(name, session, caller),
        resetSession: ({ name }, { caller }) => sessions.reset(name, caller),
        forkSession: ({ name, session }, { caller }) => sessions.fork(name, session, caller),
        simulateSessions({ name }) {
          if (name !== undefined) requireKnown(db, name);
          const only = name === undefined ? null : findAgent(db, name);
          return simulateRecorded(db, choice, only === null ? listAgents(db) : [only]);
        },
      },
    },
    onAgentRetired: (tx, { name }) => forgetSessionsOf(tx.db, name),
  } satisfies Module;
}
