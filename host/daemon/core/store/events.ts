import type { EventData, EventKind, HiveEvent } from '../../../../protocol/schemas/event.ts';
import type { Db } from '../../../../store/open-store.ts';
import { sql } from '../../../../store/statements.ts';

/** An event to be stored; `json` is its data in JSON. */
export interface NewEvent {
  readonly at: number;
  readonly kind: EventKind;
  readonly agent: string | null;
  readonly data: EventData<EventKind>;
  readonly json: string;
}

/** Rows of one statement: a third less work for each than with statements of their own. */
const AT_ONCE = 10;
const INSERT = 'INSERT INTO events (at, kind, agent, data) VALUES (?, ?, ?, ?)';
const INSERT_MANY = INSERT + ', (?, ?, ?, ?)'.repeat(AT_ONCE - 1);

/** Stores events in their order. */
export function insertEvents(db: Db, events: readonly NewEvent[]): HiveEvent[] {
  const stored: HiveEvent[] = [];
  for (let start = 0; start < events.length;) {
    const isMany = events.length - start >= AT_ONCE;
    const some = events.slice(start, start + (isMany ? AT_ONCE : 1));
    const values = some.flatMap(({ at, kind, agent, json }) => [at, kind, agent, json]);
    const { lastInsertRowid } = sql(db, isMany ? INSERT_MANY : INSERT).run(values);
    // AUTOINCREMENT numbers the rows of a statement one after another.
    const first = Number(lastInsertRowid) - some.length + 1;
    for (const [index, { at, kind, agent, data }] of some.entries())
      stored.push({ seq: first + index, at, kind, agent, data } as unknown as HiveEvent);
    start += some.length;
  }
  return stored;
}

/** The latest time (epoch ms) of the newest thousand events; null when there is none. */
export function newestEventAt(db: Db): number | null {
  return sql(db, 'SELECT max(at) FROM (SELECT at FROM events ORDER BY seq DESC LIMIT 1000)').pluck().get() as
    | number
    | null;
}

/** The sequence number of the newest event; 0 when there is none yet. */
export function lastSeq(db: Db): number {
  // Not the newest row's: that may have been pruned.
  return (sql(db, "SELECT seq FROM sqlite_sequence WHERE name = 'events'").pluck().get() as number | undefined) ?? 0;
}

type Raw = Omit<HiveEvent, 'data'> & { data: string };

function fromRaw(raw: Raw): HiveEvent {
  return { ...raw, data: JSON.parse(raw.data) as Record<string, unknown> };
}

/**
 * What is read of the log at once, at most, in characters of events' data: some milliseconds of hived's thread. An event
 * can have 64 Ki of them.
 */
const PAGE_CHARS = 1024 * 1024;
/** What is returned to one call, at most, in the same characters. */
const ANSWER_CHARS = 8 * PAGE_CHARS;

/** Events after a sequence number, oldest first: up to a number, and to a size. None means that there is none. */
export function eventsAfter(db: Db, query: { after: number; agent: string | null; limit: number }): HiveEvent[] {
  return readAfter(db, query).map(fromRaw);
}

function readAfter(db: Db, query: { after: number; agent: string | null; limit: number }): Raw[] {
  const { after, agent, limit } = query;
  const rows =
    agent === null
      ? sql(db, 'SELECT seq, at, kind, agent, data FROM events WHERE seq > ? ORDER BY seq LIMIT ?').iterate(
          after,
          limit,
        )
      : sql(
          db,
          'SELECT seq, at, kind, agent, data FROM events WHERE agent = ? AND seq > ? ORDER BY seq LIMIT ?',
        ).iterate(agent, after, limit);
  const page: Raw[] = [];
  let chars = 0;
  for (const row of rows as Iterable<Raw>) {
    page.push(row);
    chars += row.data.length;
    if (chars > PAGE_CHARS) break;
  }
  return page;
}

/**
 * Events after a sequence number that match `keep`, oldest first; `upTo` is the last scanned number, to continue
 * from.
 */
export function wantedEventsAfter(
  db: Db,
  query: { after: number; agent: string | null; limit: number; keep: (kind: string) => boolean },
): { events: HiveEvent[]; upTo: number } {
  const { agent, limit, keep } = query;
  const events: HiveEvent[] = [];
  let upTo = query.after;
  let chars = 0;
  // Bounded like eventsBefore: finding a rare kind in a long log takes several calls.
  for (let page = 0; page < 40; page += 1) {
    const rows = readAfter(db, { after: upTo, agent, limit: 500 });
    for (const row of rows) {
      if (events.length >= limit || chars > ANSWER_CHARS) return { events, upTo };
      upTo = row.seq;
      if (!keep(row.kind)) continue;
      events.push(fromRaw(row));
      chars += row.data.length;
    }
    if (rows.length === 0) return { events, upTo: Math.max(upTo, lastSeq(db)) };
  }
  return { events, upTo };
}

/**
 * The newest matching events before a sequence number, newest first; skips those that `keep` refuses. `keep` sees the
 * kind first, so that skipped events' data is not read. `downTo` is the last scanned number, to continue before; 0 at
 * the beginning of the log.
 */
export function eventsBefore(
  db: Db,
  query: { before: number; agent: string | null; limit: number; keep: (kind: string) => boolean },
): { events: HiveEvent[]; downTo: number } {
  const events: HiveEvent[] = [];
  const pageSize = 500;
  let downTo = query.before;
  let chars = 0;
  const whole = sql(db, 'SELECT seq, at, kind, agent, data FROM events WHERE seq = ?');
  // Bounded: finding a rare kind in a long log takes several calls.
  for (let page = 0; page < 40; page += 1) {
    const rows = (
      query.agent === null
        ? sql(db, 'SELECT seq, kind FROM events WHERE seq < ? ORDER BY seq DESC LIMIT ?').all(downTo, pageSize)
        : sql(db, 'SELECT seq, kind FROM events WHERE agent = ? AND seq < ? ORDER BY seq DESC LIMIT ?').all(
            query.agent,
            downTo,
            pageSize,
          )
    ) as Pick<Raw, 'seq' | 'kind'>[];
    for (const { seq, kind } of rows) {
      if (events.length >= query.limit || chars > ANSWER_CHARS) return { events, downTo };
      downTo = seq;
      if (!query.keep(kind)) continue;
      const row = whole.get(seq) as Raw;
      events.push(fromRaw(row));
      chars += row.data.length;
    }
    if (rows.length < pageSize) return { events, downTo: 0 };
  }
  return { events, downTo };
}

/** What is looked at for one turn, and returned, at most: reading it holds hived's thread. Bytes are of events' data. */
const OF_TURN = { lookAt: 20_000, lookAtBytes: 32 * 1024 * 1024, return: 2_000, returnBytes: 8 * 1024 * 1024 };

/**
 * The events of an agent's turn, and what its harness and CLI said of themselves while it ran, oldest first. Looks at a
 * bounded part of the agent's events from the turn's start on; `isCut`: there are more, or may be.
 */
export function eventsOfTurn(
  db: Db,
  query: { turn: number; agent: string; startedAt: number; endedAt: number | null },
  most = OF_TURN,
): { events: HiveEvent[]; isCut: boolean } {
  const { turn, agent, startedAt } = query;
  const until = query.endedAt ?? Number.MAX_SAFE_INTEGER;
  const rows = sql(
    db,
    `SELECT seq, at, kind, agent, size, CASE WHEN fits THEN data END AS data FROM (
       SELECT seq, at, kind, agent, data, octet_length(data) AS size, (data ->> '$.turn' IS @turn
           OR at BETWEEN @startedAt AND @until
             AND kind IN ('harness.state', 'harness.hello', 'harness.lost', 'cli.started', 'cli.exited')) AS fits
       FROM events WHERE agent = @agent AND seq >= @from ORDER BY seq)`,
  ).iterate({ turn, agent, startedAt, until, from: firstSeqAt(db, startedAt) }) as Iterable<
    Omit<Raw, 'data'> & { data: string | null; size: number }
  >;
  const events: HiveEvent[] = [];
  let [looked, lookedBytes, bytes] = [0, 0, 0];
  for (const { size, data, ...row } of rows) {
    looked += 1;
    lookedBytes += size;
    if (data !== null) bytes += size;
    const isFull = data !== null && (events.length >= most.return || bytes > most.returnBytes);
    if (isFull) return { events, isCut: true };
    // After its end there is hardly anything of it.
    if (looked > most.lookAt || lookedBytes > most.lookAtBytes) return { events, isCut: row.at <= until };
    if (data !== null) events.push(fromRaw({ ...row, data } as Raw));
  }
  return { events, isCut: false };
}

/** About the first event that was stored at that time or later, by halving: times have no index. */
function firstSeqAt(db: Db, at: number): number {
  const next = sql(db, 'SELECT at FROM events WHERE seq >= ? ORDER BY seq LIMIT 1').pluck();
  let low = 0;
  let high = lastSeq(db) + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (((next.get(middle) as number | undefined) ?? Infinity) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The kinds of events that a harness spools, except receipts: as in the partial index `events_spooled`. */
export const IS_SPOOLED = `kind IN ('turn.text', 'turn.thinking', 'turn.tool_call',
  'turn.tool_result', 'turn.retry', 'turn.noise', 'harness.state', 'cli.started', 'cli.exited', 'turn.warning',
  'turn.file_change', 'turn.todos', 'turn.plan', 'turn.compaction', 'turn.subagent', 'turn.image', 'turn.error')`;
