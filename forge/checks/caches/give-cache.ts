import { type FileHandle, open } from 'node:fs/promises';
import type { CheckCaller } from '../../../protocol/access/repo-access.ts';
import { HiveError } from '../../../protocol/errors.ts';
import type { ForgeCore } from '../../repositories/forge-core.ts';
import { type CachePlace, deleteCache, findCache, findSimilarCache, noteCacheUse } from '../../store/check-caches.ts';
import { findRun } from '../../store/check-runs.ts';
import { findSuite } from '../../store/check-suites.ts';
import { branchOfSuite } from './branch-of-suite.ts';

/** A cache that is open for reading; whoever gets it closes `file`. */
export interface GivenCache {
  readonly file: FileHandle;
  readonly bytes: number;
  /** Whether it is that of the wanted key; else the newest of its template. */
  readonly isExact: boolean;
}

/**
 * The cache that the box of a running check begins with: the `at`-th one that its check declares. Throws `wrong_state`,
 * `not_found` when there is none.
 */
export async function giveCache(
  { db, clock, places }: ForgeCore,
  { run }: CheckCaller,
  at: number,
): Promise<GivenCache> {
  const place = placeOfCache(db, run, at);
  const found = findCache(db, place) ?? findSimilarCache(db, place);
  if (found === null) throw none();
  const file = await open(places.cacheFile(found.sha256), 'r').catch(() => null);
  // Its bytes were lost: a later run saves it again.
  if (file === null) {
    deleteCache(db, found.id);
    throw none();
  }
  noteCacheUse(db, found.id, clock());
  return { file, bytes: (await file.stat()).size, isExact: found.key === place.key };
}

/** Whether there is a cache of exactly that key. Throws `wrong_state`, `not_found` for one that is not declared. */
export function hasCache({ db }: Pick<ForgeCore, 'db'>, { run }: CheckCaller, at: number): boolean {
  return findCache(db, placeOfCache(db, run, at)) !== null;
}

function none(): HiveError {
  return new HiveError('not_found', 'There is no such cache yet.');
}

/** Where the `at`-th cache of a running run belongs. Throws `wrong_state`, `not_found`. */
export function placeOfCache(db: ForgeCore['db'], id: number, at: number): CachePlace {
  const run = findRun(db, id);
  const suite = run === null ? null : findSuite(db, run.suiteId);
  if (run?.state !== 'running' || suite === null) throw new HiveError('wrong_state', 'This run is over.');
  const cache = run.caches[at];
  const branch = branchOfSuite(db, suite);
  if (cache === undefined || branch === null) throw none();
  const { template, key } = cache;
  return { repositoryId: suite.repositoryId, branch, template, key };
}
