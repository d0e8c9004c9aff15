import { egressSubject } from '../../../protocol/egress.ts';
import { HiveError } from '../../../protocol/errors.ts';
import { readName } from './command.ts';

/** Whom a rule or quota is for: an agent, @role:<role>, or `*`. Throws `invalid_input`. */
export function readSubject(text: string | undefined): string {
  if (text?.startsWith('@') !== true && text !== '*') return readName(text);
  const parsed = egressSubject.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new HiveError('invalid_input', `"${text}" is no role: write @role:ROLE, or an agent's name.`);
}
