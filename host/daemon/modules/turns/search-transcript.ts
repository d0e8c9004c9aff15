import { setImmediate } from 'node:timers/promises';
import type { OpOutput } from '../../../../protocol/op.ts';
import type { transcriptOperations } from '../../../../protocol/operations/transcripts.ts';
import type { Db } from '../../../../store/open-store.ts';
import { eventsWith, type StoredEvent } from './store/transcript.ts';
import { textsOf } from './texts-of-event.ts';

type Found = OpOutput<(typeof transcriptOperations)['searchTranscript']>;

/** Events looked at in one step. They can be large: a step that took long is followed by shorter ones. */
const STEP = { first: 50, most: 400 };
/** What a step may take of hived's thread, in ms. */
const STEP_MS = 8;
/** Events looked at by one call. */
const MOST_EVENTS = 20_000;
/** UTF-16 units before the found words, and of the whole excerpt. */
const LEAD = 60;
const LENGTH = 180;

/** Searches the texts of an agent's events for words, newest first; case does not matter. */
export async function searchTranscript(
  db: Db,
  ask: { agent: string; query: string; before: number; limit: number },
  now: () => number = () => performance.now(),
): Promise<Found> {
  const { agent, query, limit } = ask;
  const wanted = query.toLowerCase();
  const part = plainPart(query);
  const hits: Found['hits'] = [];
  let { before } = ask;
  let step = STEP.first;
  for (let looked = 0; looked < MOST_EVENTS && before > 0;) {
    if (looked > 0) await setImmediate();
    const began = now();
    const { found, downTo } = eventsWith(db, { agent, before, events: step, part });
    looked += step;
    for (const event of found) {
      if (hits.length >= limit) return { hits, downTo: before };
      const hit = readHit(event, wanted);
      if (hit !== null) hits.push(hit);
      before = event.seq;
    }
    before = downTo;
    const took = now() - began;
    if (took > STEP_MS) step = Math.max(1, Math.floor((step * STEP_MS) / took));
    else step = Math.min(STEP.most, step * 2);
  }
  return { hits, downTo: before };
}

/**
 * The longest part of the words that the stored JSON has as it is: other characters are written in another way by JSON, or
 * SQLite does not know their case. Empty when there is none.
 */
function plainPart(query: string): string {
  const parts = query.split(/[^\u0020-\u007e]|["\\]/u);
  return parts.reduce((longest, part) => (part.length > longest.length ? part : longest)).toLowerCase();
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
