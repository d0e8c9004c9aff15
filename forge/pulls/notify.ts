import { agentName, OPERATOR, SYSTEM } from '../../protocol/names.ts';
import { type FactMail, MAX_FACT_MAIL_CHARS, MAX_FACT_MAILS } from '../../protocol/schemas/forge-fact.ts';
import type { Pull } from '../store/pulls.ts';
import type { Repository } from '../store/repositories.ts';

/** The name of a pull request in texts: OWNER/NAME#NUMBER. */
export function nameOfPull(
  { owner, name }: Pick<Repository, 'owner' | 'name'>,
  { number }: Pick<Pull, 'number'>,
): string {
  return `${owner}/${name}#${number}`;
}

/** Who did something, in a sentence. */
export function namePerson(by: string): string {
  return by === OPERATOR ? 'the operator' : by === SYSTEM ? 'the hive' : by;
}

/** Text of others in a notice. */
const MOST_QUOTED = 1_000;

/**
 * A notice to each of these people, once, without the one who caused it: `by` knows. A fact carries a limited number
 * of messages: of more people the first ones are told. The operator has the page and the
 * event log, and gets mail only where asked for. A body that is too long is cut: hived would accept none of the facts
 * after it.
 */
export function notify(
  people: Iterable<string>,
  by: string,
  { notice = 'review', body }: { notice?: 'review' | 'pull_ended' | 'check_failed'; body: FactMail['body'] },
): FactMail[] {
  const told = [...new Set(people)].filter((name) => name !== by).slice(0, MAX_FACT_MAILS);
  return told.flatMap((name) => {
    const to = name === 'operator' ? ('operator' as const) : agentName.safeParse(name).data;
    return to === undefined ? [] : [{ to, body: fitBody(body), priority: 'normal' as const, notice }];
  });
}

export function quote(text: string): { quote: string } {
  return { quote: text.length > MOST_QUOTED ? `${text.slice(0, MOST_QUOTED)} …` : text };
}

function fitBody(body: FactMail['body']): FactMail['body'] {
  let left = MAX_FACT_MAIL_CHARS;
  return body.flatMap((part) => {
    const text = typeof part === 'string' ? part : part.quote;
    const kept = text.slice(0, left);
    left -= kept.length;
    if (kept === '') return [];
    return [typeof part === 'string' ? kept : { quote: kept }];
  });
}
