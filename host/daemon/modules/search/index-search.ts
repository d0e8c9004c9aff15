import { setImmediate } from 'node:timers/promises';
import type { SearchHit } from '../../../../protocol/schemas/message.ts';
import type { Db } from '../../../../store/open-store.ts';
import { indexedUpto, indexMore, isVisible, lastMessageId, matchWords, readHit } from './store/search.ts';
import type { Writer } from '../../core/writer.ts';
import { cutExcerpt } from './cut-excerpt.ts';
import { readQuery } from './read-query.ts';

/** Messages indexed per transaction: a few milliseconds, so that no send waits long. */
const STEP = 100;
/** A search indexes at most this number of messages that the background has not reached yet. */
const MOST_LATE = 2_000;
/**
 * Cumulative numbers of matches that are checked for visibility to the viewer, pass by pass: most searches
 * find enough in the first pass, and each pass makes FTS5 match again.
 */
const MATCH_LIMITS = [200, 2_000, 17_800];
/** Messages checked in one batch; other work of hived's thread runs between batches. */
const PAGE = 500;

/** Who searches, and since when an agent of that name exists (epoch ms). */
interface Viewer {
  name: string;
  since: number;
}

/**
 * Full-text search over messages. Messages are indexed in the background after the send, so that a send does
 * not pay for it; a search indexes the backlog first.
 */
export interface SearchIndex {
  /**
   * Results, newest first. A null `viewer` sees everything; others see messages they sent or received. Throws
   * `invalid_input` when the query has no word. Checks the newest 20,000 matches for visibility.
   */
  find(ask: { query: string; viewer: Viewer | null; before: number; limit: number }): Promise<SearchHit[]>;
  /** Indexes at most `limit` further messages; returns how many. */
  catchUp(limit: number): Promise<number>;
}

export function createSearchIndex(deps: { db: Db; writer: Writer }): SearchIndex {
  const { db, writer } = deps;

  async function catchUp(limit: number): Promise<number> {
    let done = 0;
    while (done < limit && indexedUpto(db) < lastMessageId(db)) {
      const taken = await writer.write((tx) => indexMore(tx.db, Math.min(STEP, limit - done)));
      if (taken === 0) break;
      done += taken;
    }
    return done;
  }

  async function chooseVisible(ids: readonly number[], viewer: Viewer, limit: number): Promise<number[]> {
    const visible: number[] = [];
    for (const [index, id] of ids.entries()) {
      if (index % PAGE === PAGE - 1) await setImmediate();
      if (isVisible(db, id, viewer)) visible.push(id);
      if (visible.length >= limit) break;
    }
    return visible;
  }

  async function findVisible(ask: {
    expression: string;
    viewer: Viewer;
    before: number;
    limit: number;
  }): Promise<number[]> {
    const { expression, viewer, limit } = ask;
    const visible: number[] = [];
    let { before } = ask;
    for (const most of MATCH_LIMITS) {
      const ids = matchWords(db, { expression, before, limit: most });
      visible.push(...(await chooseVisible(ids, viewer, limit - visible.length)));
      before = ids.at(-1) ?? 0;
      if (visible.length >= limit || ids.length < most) break;
    }
    return visible;
  }

  return {
    catchUp,
    async find({ query, viewer, before, limit }) {
      const expression = readQuery(query);
      // A full disk stops indexing but must not stop searching.
      await catchUp(MOST_LATE).catch(() => 0);
      const ids =
        viewer === null
          ? matchWords(db, { expression, before, limit })
          : await findVisible({ expression, viewer, before, limit });
      return ids.flatMap((id) => {
        const hit = readHit(db, id);
        if (hit === null) return [];
        const { body, ...head } = hit;
        return [{ ...head, excerpt: cutExcerpt(body, expression) }];
      });
    },
  };
}
