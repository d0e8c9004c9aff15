import { setImmediate } from 'node:timers/promises';
import type { OpOutput } from '../../../../protocol/op.ts';
import type { transcriptOperations } from '../../../../protocol/operations/transcripts.ts';
import type { Db } from '../../../../store/open-store.ts';
import { eventsLike, type StoredEvent } from './store/transcript.ts';
import { textsOf } from './texts-of-event.ts';

type Found = OpOutput<(typeof transcriptOperations)['searchTranscript']>;

/** Events looked at in one step: some milliseconds, so that no other call waits long. */
const STEP = 250;
/** Events looked at by one call. */
const MOST_EVENTS = 20_000;
/** UTF-16 units before the found words, and of the whole excerpt. */
const LEAD = 60;
const LENGTH = 180;

/** Searches the texts of an agent's events for words, newest first; case does not matter. */
export async function searchTranscript(
  db: Db,
  ask: { agent: string; query: string; before: number; limit: number },
): Promise<Found> {
  const { agent, query, limit } = ask;
  const wanted = query.toLowerCase();
  const pattern = composePattern(query);
  const hits: Found['hits'] = [];
  let before = ask.before;
  for (let looked = 0; looked < MOST_EVENTS && before > 0; looked += STEP) {
    if (looked > 0) await setImmediate();
    const { found, downTo } = eventsLike(db, { agent, before, events: STEP, pattern });
    for (const event of found) {
      if (hits.length >= limit) return { hits, downTo: before };
      const hit = readHit(event, wanted);
      if (hit !== null) hits.push(hit);
      before = event.seq;
    }
    before = downTo;
  }
  return { hits, downTo: before };
}

/**
 * What the stored JSON of an event must be like to contain the words: characters that JSON writes in another way, or whose
 * case SQLite does not know, match anything.
 */
function composePattern(query: string): string {
  const words = query
    .replaceAll(/[%_!]/g, '!$&')
    .replaceAll(/[^\u0020-\u007e]/gu, '_')
    .replaceAll(/["\\]|(?<!!)_/g, '%');
  return `%${words}%`;
}

function readHit({ seq, at, kind, data }: StoredEvent, wanted: string): Found['hits'][number] | null {
  const parsed = JSON.parse(data) as Record<string, unknown>;
  for (const text of textsOf(kind, parsed)) {
    const place = text.toLowerCase().indexOf(wanted);
    if (place === -1) continue;
    const turn = typeof parsed['turn'] === 'number' ? parsed['turn'] : null;
    return { seq, at, kind, turn, excerpt: cutAround(text, place) };
  }
  return null;
}

/** The text around a place, on one line. */
function cutAround(text: string, place: number): string {
  const start = Math.max(0, place - LEAD);
  const end = Math.min(text.length, start + LENGTH);
  const words = text
    .slice(start, end)
    .replaceAll(/\p{Cs}/gu, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return `${start > 0 ? '…' : ''}${words}${end < text.length ? '…' : ''}`;
}
