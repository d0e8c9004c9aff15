import { type EgressCaller, egressSubject } from '../../../protocol/egress.ts';
import { HIVE } from '../../../protocol/hive-caller.ts';
import { HiveError } from '../../../protocol/errors.ts';
import { readName } from './command.ts';

/** Whom a rule or quota is for: an agent, @role:<role>, `*`, or the hive itself. Throws `invalid_input`. */
export function readSubject(text: string | undefined): string {
  if (text?.startsWith('@') !== true && text !== '*') return readCaller(text);
  const parsed = egressSubject.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new HiveError('invalid_input', `"${text}" is no role: write @role:ROLE, or an agent's name.`);
}

/** Who reaches hosts outside: an agent, or the hive itself. Throws `invalid_name`. */
export function readCaller(text: string | undefined): EgressCaller {
  return text === HIVE ? HIVE : readName(text);
}
