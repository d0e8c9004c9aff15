import { HiveError } from '../../../protocol/errors.ts';

/** The number of a run, as typed. Throws `invalid_input`. */
export function readRun(typed: string | undefined): number {
  if (typed !== undefined && /^[1-9]\d{0,14}$/.test(typed)) return Number(typed);
  throw new HiveError('invalid_input', `"${typed ?? ''}" is not the number of a run: "forge check ls" shows them.`);
}
