import type { Db } from '../../../../store/open-store.ts';
import { openIntents } from '../boxes/queries.ts';
import { type OpenApproval, openApprovals } from '../egress/queries.ts';
import { countAllMail, countMail, type MailCount, NO_MAIL } from '../mail/queries.ts';
import { type OpenQuestion, openQuestionsAsked } from '../questions/queries.ts';
import { listOpenTurns, openTurnOf } from '../turns/queries.ts';

/** An agent's facts in the store outside its row. */
export interface Standing {
  /** The running turn. */
  readonly turn: number | null;
  readonly mail: MailCount;
  readonly rebuilding: boolean;
  /** The open questions that it asked, and its open approvals, in words; null without any. */
  readonly waitsFor: string | null;
}

export function standingOf(db: Db, name: string): Standing {
  return {
    turn: openTurnOf(db, name)?.id ?? null,
    mail: countMail(db, name),
    rebuilding: openIntents(db, 'rebuild', name).length > 0,
    waitsFor: sayWaits(openQuestionsAsked(db, name), openApprovals(db, name)),
  };
}

/** The same for every agent: the number of statements does not depend on the number of agents. */
export function readStandings(db: Db): (name: string) => Standing {
  const turns = new Map(listOpenTurns(db).map(({ agent, id }) => [agent, id]));
  const mail = countAllMail(db);
  const questions = openQuestionsAsked(db);
  const approvals = openApprovals(db);
  const rebuilding = new Set(openIntents(db, 'rebuild').map(({ agent }) => agent));
  return (name) => ({
    turn: turns.get(name) ?? null,
    mail: mail.get(name) ?? NO_MAIL,
    rebuilding: rebuilding.has(name),
    waitsFor: sayWaits(
      questions.filter(({ asker }) => asker === name),
      approvals.filter(({ agent }) => agent === name),
    ),
  });
}

function sayWaits(questions: readonly OpenQuestion[], approvals: readonly OpenApproval[]): string | null {
  const waits = [
    ...approvals.map(({ id, host, port }) => `your approval ${id} of ${host}:${port}`),
    ...questions.map(({ id, asked }) => `an answer to #${id} from ${asked}`),
  ];
  const [first] = waits;
  if (first === undefined) return null;
  return `waits for ${first}${waits.length > 1 ? ` and ${waits.length - 1} more` : ''}`;
}
