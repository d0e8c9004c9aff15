import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ForgeCore } from '../../repositories/forge-core.ts';
import {
  deleteCache,
  deleteLeastUsedOfLargest,
  deleteUnstoredCaches,
  findCache,
  isCacheComing,
  isContentNeeded,
  letCacheCount,
  mergedCaches,
  pruneCaches,
  sumOfCaches,
} from '../../store/check-caches.ts';

/** After a start: what a killed forge was receiving is lost. */
export function dropUnstoredCaches({ db }: Pick<ForgeCore, 'db'>): void {
  deleteUnstoredCaches(db);
}

/**
 * Lets caches count whose runs checked what has been merged since, by whoever may: before, they are the word of a pull
 * request. They are read by runs for that branch alone. For new ones those go that were used longest ago, of the owner
 * who has most.
 */
export function letMergedCachesCount({ db, limits }: Pick<ForgeCore, 'db' | 'limits'>): void {
  if (mergedCaches(db).length === 0) return;
  const write = db.transaction(() => {
    for (const cache of mergedCaches(db)) {
      if (findCache(db, cache) !== null) {
        deleteCache(db, cache.id);
        continue;
      }
      letCacheCount(db, cache.id);
      while (sumOfCaches(db, true) > limits.allCacheBytes / 2)
        if (!deleteLeastUsedOfLargest(db, { counts: true, except: cache.id })) {
          deleteCache(db, cache.id);
          break;
        }
    }
  });
  write.immediate();
}

/** Deletes caches that nobody uses any more, and every file that no row names. */
export async function forgetOldCaches({
  db,
  clock,
  limits,
  places,
}: Pick<ForgeCore, 'db' | 'clock' | 'limits' | 'places'>): Promise<void> {
  pruneCaches(db, clock() - limits.keepCachesMs);
  // Each file is younger than the row that names it.
  for (const name of await readdir(places.caches)) {
    const [, part] = /^(\d{1,15})\.part$/.exec(name) ?? [];
    const isNeeded = part === undefined ? isContentNeeded(db, name) : isCacheComing(db, Number(part));
    if (!isNeeded) await rm(join(places.caches, name), { force: true });
  }
}
