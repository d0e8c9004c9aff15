import type { Db } from '../../../../store/open-store.ts';
import type { Redacted } from '../../../../system/redact/redactor.ts';
import type { Module } from '../../core/module.ts';
import type { LocalNode } from '../../node/local-node.ts';
import { findAgent } from '../agents/queries.ts';
import { describeTurn, requireTurn } from './describe-turn.ts';

/** For finding out what went wrong: everything about one turn. */
export function debugModule(deps: {
  db: Db;
  node: Pick<LocalNode, 'readRawLines'>;
  /** Replaces the secrets that the hive knows. */
  redact: <T>(json: T) => Redacted<T>;
}) {
  const { db, node, redact } = deps;
  return {
    name: 'debug',
    handlers: {
      admin: {
        async debugTurn({ turn, name }) {
          const row = requireTurn(db, turn, name);
          const agent = findAgent(db, row.agent);
          const read = agent === null ? GONE : await node.readRawLines(agent, turn);
          return { ...describeTurn(db, row), raw: { ...read, lines: redact(read.lines).value } };
        },
      },
    },
  } satisfies Module;
}

const GONE = { lines: [], isCut: false, unreadable: 0, problem: 'The agent is gone, and its files with it.' };
