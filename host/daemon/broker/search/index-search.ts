import type { SearchHit } from '../../../../protocol/schemas/message.ts';
import type { Db } from '../../../../store/open-store.ts';
import { indexedUpto, indexMore, isVisible, lastMessageId, matchWords } from '../../store/search.ts';
import type { Writer } from '../../store/writer.ts';
import { readQuery } from './read-query.ts';

/** Messages whose words are taken in with one transaction: a few milliseconds, so that no send waits long. */
const STEP = 100;
/** A search takes in at most so many messages that the background has not come to yet. */
const MOST_LATE = 2_000;
/** Matches that are looked through for those that the viewer may see. */
const MOST_LOOKED_AT = 20_000;
const PAGE = 500;

/**
 * Search over messages. Words are taken in after the send, in the background, so that a send does not pay for
 * them; a search takes in what is late first.
 */
export interface SearchIndex {
  /**
   * Newest first. `viewer` null sees everything; others what they sent or received. Throws `invalid_input` when there
   * is no word in the query. Looks through the newest 20,000 matches for what the viewer may see.
   */
  find(ask: {
    query: string;
    viewer: { name: string; since: number } | null;
    before: number;
    limit: number;
  }): Promise<SearchHit[]>;
  /** Takes in at most `limit` further messages; answers how many. */
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

  return {
    catchUp,
    async find({ query, viewer, before, limit }) {
      const expression = readQuery(query);
      // A disk that takes nothing in must not keep anybody from reading.
      await catchUp(MOST_LATE).catch(() => 0);
      const hits: SearchHit[] = [];
      let from = before;
      for (let looked = 0; looked < MOST_LOOKED_AT && hits.length < limit; looked += PAGE) {
        const page = matchWords(db, { expression, before: from, limit: viewer === null ? limit : PAGE });
        for (const hit of page)
          if (hits.length < limit && (viewer === null || isVisible(db, hit.id, viewer))) hits.push(hit);
        const last = page.at(-1);
        if (viewer === null || last === undefined || page.length < PAGE) break;
        from = last.id;
      }
      return hits;
    },
  };
}
