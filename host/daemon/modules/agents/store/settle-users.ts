import { HiveError } from '../../../../../protocol/errors.ts';
import type { Db } from '../../../../../store/open-store.ts';
import { getMeta, setMeta } from '../../../core/store/meta.ts';

/**
 * Files of agents and services belong to numeric users derived from `uids.base`, which therefore must not change in the
 * life of a hive. Throws `config_invalid` otherwise, with nothing changed.
 */
export function settleUsers(db: Db, base: number): void {
  const before = getMeta(db, 'uids.base');
  if (before === null) setMeta(db, 'uids.base', String(base));
  else if (before !== String(base))
    throw new HiveError(
      'config_invalid',
      `uids.base was ${before} when this hive began, and its files belong to those users. Set it back to ${before}.`,
    );
}
