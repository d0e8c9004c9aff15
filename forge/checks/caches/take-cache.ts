import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import type { CheckCaller } from '../../../protocol/access/repo-access.ts';
import { HiveError } from '../../../protocol/errors.ts';
import type { ForgeCore } from '../../repositories/forge-core.ts';
import {
  deleteCache,
  deleteLeastUsedOfLargest,
  findCache,
  reserveCache,
  setCacheContent,
  sumOfCaches,
} from '../../store/check-caches.ts';
import { placeOfCache } from './give-cache.ts';

/**
 * Keeps the bytes of a cache that the box of a running check saves. Whatever runs in the box may call this, so it counts
 * for nobody yet: see letMergedCachesCount. Throws `wrong_state`, `not_found` for one that the check does not declare,
 * `key_conflict` for one that is there, `payload_too_large`, `forge_quota`.
 */
export async function takeCache(
  core: ForgeCore,
  { run }: CheckCaller,
  { at, content }: { at: number; content: AsyncIterable<Uint8Array> },
): Promise<void> {
  const { db, places, limits } = core;
  const id = db.transaction(() => takeRoom(core, run, at)).immediate();
  const part = places.cachePart(id);
  try {
    const { sha256, bytes } = await writeHashed(part, content, mostBytes(limits));
    // First the row: a file that no row names is deleted.
    const isKept = db.transaction(() => {
      placeOfCache(db, run, at);
      return setCacheContent(db, id, { sha256, bytes });
    });
    if (!isKept.immediate()) throw new HiveError('forge_quota', 'There is no room for this cache.');
    await rename(part, places.cacheFile(sha256));
  } catch (error) {
    deleteCache(db, id);
    await rm(part, { force: true });
    throw error;
  }
}

/** Those that wait have half of the room; for a new one the oldest go, of the owner who has most. Returns the id. */
function takeRoom(core: ForgeCore, run: number, at: number): number {
  const { db, limits } = core;
  const place = placeOfCache(db, run, at);
  if (findCache(db, place) !== null) throw new HiveError('key_conflict', 'There is a cache of this key.');
  const id = reserveCache(db, { ...place, run, bytes: mostBytes(limits), at: core.clock() });
  if (id === null) throw new HiveError('key_conflict', 'This run has saved this cache.');
  while (sumOfCaches(db, false) > limits.allCacheBytes / 2)
    if (!deleteLeastUsedOfLargest(db, { counts: false, except: id }))
      throw new HiveError('forge_quota', 'There is no room for caches.');
  return id;
}

/** A cache fits into the half of the room. */
function mostBytes({ maxCacheBytes, allCacheBytes }: ForgeCore['limits']): number {
  return Math.min(maxCacheBytes, Math.floor(allCacheBytes / 2));
}

async function writeHashed(
  path: string,
  content: AsyncIterable<Uint8Array>,
  most: number,
): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of content) {
      bytes += chunk.byteLength;
      if (bytes > most) throw new HiveError('payload_too_large', `A cache has at most ${most} bytes.`);
      hash.update(chunk);
      await file.writeFile(chunk);
    }
  } finally {
    await file.close();
  }
  return { sha256: hash.digest('hex'), bytes };
}
