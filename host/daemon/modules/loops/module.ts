import { OPERATOR } from '../../../../protocol/names.ts';
import type { Module } from '../../core/module.ts';
import type { MailContext } from '../mail/mail-context.ts';
import { findMessage } from '../mail/queries.ts';
import { endPause, endPausesOf } from './end-pause.ts';
import { CLOSE_IT } from './pause.ts';
import { forgetTalksOf } from './store/talks.ts';

/** Loop damping: delays mail in a loop, then holds it until the operator answers. */
export function loopsModule({ mail }: { mail: MailContext }) {
  mail.events.during('question.closed', (tx, { id, state, answer }) => {
    if (state !== 'answered' || answer === null) return;
    const word = findMessage(tx.db, answer)?.body.trim().toLowerCase();
    endPause(tx, mail, { of: { question: id }, how: word === CLOSE_IT ? 'close' : 'go_on', by: OPERATOR });
  });
  return {
    name: 'loops',
    onAgentRetired(tx, { name }) {
      endPausesOf(tx, mail, name);
      forgetTalksOf(tx.db, name);
    },
  } satisfies Module;
}
