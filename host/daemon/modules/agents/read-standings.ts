import type { Db } from '../../../../store/open-store.ts';
import { openIntents } from '../boxes/queries.ts';
import { countAllMail, countMail, type MailCount, NO_MAIL } from '../mail/queries.ts';
import { listOpenTurns, openTurnOf } from '../turns/queries.ts';

/** An agent's facts in the store outside its row. */
export interface Standing {
  /** The running turn. */
  readonly turn: number | null;
  readonly mail: MailCount;
  readonly rebuilding: boolean;
}

export function standingOf(db: Db, name: string): Standing {
  return {
    turn: openTurnOf(db, name)?.id ?? null,
    mail: countMail(db, name),
    rebuilding: openIntents(db, 'rebuild', name).length > 0,
  };
}

/** The same for every agent: the number of statements does not depend on the number of agents. */
export function readStandings(db: Db): (name: string) => Standing {
  const turns = new Map(listOpenTurns(db).map(({ agent, id }) => [agent, id]));
  const mail = countAllMail(db);
  const rebuilding = new Set(openIntents(db, 'rebuild').map(({ agent }) => agent));
  return (name) => ({
    turn: turns.get(name) ?? null,
    mail: mail.get(name) ?? NO_MAIL,
    rebuilding: rebuilding.has(name),
  });
}
