import type { HiveEvent } from '../../../../protocol/schemas/event.ts';
import { readStep } from './read-step.ts';
import { type CallPart, complete, type Row, type ToolRow, type TurnFacts } from './transcript-rows.ts';

/**
 * The rows of a part of an agent's log. Each event is read once: a new one adds a row or replaces one, whatever the number
 * of rows. Rows are immutable; the list is not, so readers go by `version`.
 */
export interface TranscriptModel {
  /** Changes with each change of the rows. */
  version(): number;
  count(): number;
  row(index: number): Row;
  turn(number: number): TurnFacts;
  /** The turn that runs at the end of the rows; null: none does. */
  running(): number | null;
  /** Events after all others, oldest first. */
  append(events: readonly HiveEvent[]): void;
  /** Events before all others, oldest first. */
  prepend(events: readonly HiveEvent[]): void;
  /** Removes the first rows; returns the number of the first event that is left. */
  dropFirst(rows: number): number;
  /** Removes the last rows; returns the number of the last event that is left. */
  dropLast(rows: number): number;
  /** The row that shows this event, or else the next one; null when there is none. */
  indexOf(seq: number): number | null;
}

/** What a row has that belongs to a call, if it stands alone. */
function partOf(row: Row): { call: string; part: CallPart } | null {
  if (row.is === 'result') return { call: row.result.id, part: { is: 'result', result: row.result } };
  if (row.is === 'change' && row.change.id !== null)
    return { call: row.change.id, part: { is: 'change', change: row.change } };
  if (row.is === 'todos' && row.todos.id !== null)
    return { call: row.todos.id, part: { is: 'todos', todos: row.todos } };
  return null;
}

/** Further changes and pictures of a call are rows of their own, as those without a call: rows are bounded. */
const MOST_PARTS = 50;

function hasRoom({ changes, images }: ToolRow, part: CallPart): boolean {
  return part.is === 'result' || part.is === 'todos' || changes.length + images.length < MOST_PARTS;
}

/** A part of a call that is not among the rows; `position` is its own row's, if it has one. */
interface Orphan {
  readonly seq: number;
  readonly position: number | null;
  readonly part: CallPart;
}

const UNKNOWN: TurnFacts = { startedAt: null, isOver: false, hasText: false, error: null };

export function createTranscriptModel(): TranscriptModel {
  return buildModel().model;
}

function buildModel() {
  let rows: Row[] = [];
  /** The position of the first row: positions stay when rows are put before it. */
  let first = 0;
  let version = 0;
  let running: number | null = null;
  const turns = new Map<number, TurnFacts>();
  /** Positions of tool calls by turn and ID, and parts of calls that are not there. */
  const calls = new Map<string, number>();
  const alone = new Map<string, Orphan[]>();
  /** Parts of calls and the calls' positions, by the numbers of the events that completed them. */
  const parts = new Map<number, { position: number; part: CallPart }>();

  const keyOf = (turn: number | null, call: string) => `${turn ?? ''}/${call}`;
  const factsOf = (turn: number) => turns.get(turn) ?? UNKNOWN;
  const learn = (turn: number | null, facts: Partial<TurnFacts>) => {
    if (turn !== null) turns.set(turn, { ...factsOf(turn), ...facts });
  };

  function callAt(position: number | undefined): ToolRow | null {
    const row = position === undefined ? undefined : rows[position - first];
    return row?.is === 'tool' ? row : null;
  }

  /** What a row says about its turn. */
  function learnFrom(row: Row): void {
    if (row.is === 'start') learn(row.turn, { startedAt: row.at });
    if (row.is === 'end') learn(row.turn, { isOver: true });
    if (row.is === 'text' && row.within === null) learn(row.turn, { hasText: true });
    if (row.is === 'note' && row.tone === 'bad') learn(row.turn, { error: row.text });
  }

  /** An event between turns that happened during one is shown there. */
  function place(row: Row): Row {
    return row.turn === null && row.is === 'note' && running !== null ? { ...row, turn: running } : row;
  }

  /** Returns its position. */
  function addLast(row: Row): number {
    if (row.is === 'start') running = row.turn;
    const placed = place(row);
    learnFrom(placed);
    if (row.is === 'end' && row.turn === running) running = null;
    const last = rows.at(-1);
    // What a turn's program said last may be stored after the turn's end.
    if (last?.is === 'end' && row.is !== 'end' && row.turn === last.turn) {
      rows[rows.length - 1] = placed;
      rows.push(last);
    } else {
      rows.push(placed);
      if (placed.turn !== null && running === null && placed.is !== 'end' && !factsOf(placed.turn).isOver)
        running = placed.turn;
    }
    const position = first + rows.length - (rows.at(-1) === placed ? 1 : 2);
    if (placed.is === 'tool') calls.set(keyOf(placed.turn, placed.call.id), position);
    return position;
  }

  function wait(key: string, one: Orphan): void {
    alone.set(key, [...(alone.get(key) ?? []), one]);
  }

  /** Forgets parts whose events are no longer in the part of the log that the rows show. */
  function forgetOrphans(isGone: (seq: number) => boolean): void {
    for (const [key, orphans] of alone) {
      const left = orphans.filter(({ seq }) => !isGone(seq));
      if (left.length === 0) alone.delete(key);
      else alone.set(key, left);
    }
  }

  /** A part that the call has already, because its event is read again, changes nothing. */
  function completeCall(position: number, part: CallPart, seq: number): void {
    const row = callAt(position);
    if (row === null || parts.get(seq)?.position === position) return;
    rows[position - first] = complete(row, part);
    parts.set(seq, { position, part });
  }

  function append(events: readonly HiveEvent[]): void {
    for (const event of events) {
      const step = readStep(event);
      if (step.do === 'add') addLast(step.row);
      if (step.do !== 'complete') continue;
      const key = keyOf(step.alone.turn, step.call);
      const known = calls.get(key);
      const call = callAt(known);
      if (known !== undefined && call !== null && hasRoom(call, step.part)) completeCall(known, step.part, event.seq);
      else {
        const position = addLast(step.alone);
        if (call === null) wait(key, { seq: event.seq, position, part: step.part });
      }
    }
    version += 1;
  }

  function prepend(events: readonly HiveEvent[]): void {
    const before = buildModel();
    before.model.append(events);
    const count = before.model.count();
    const added = Array.from({ length: count }, (_, index) => before.model.row(index));
    first -= count;
    rows = [...added, ...rows];
    for (const [seq, { position, part }] of before.parts) parts.set(seq, { position: first + position, part });
    for (const [index, row] of added.entries()) register(row, first + index);
    version += 1;
  }

  function register(row: Row, position: number): void {
    learnFrom(row);
    if (row.is === 'tool') {
      calls.set(keyOf(row.turn, row.call.id), position);
      collect(row, position);
    }
    const part = partOf(row);
    if (part !== null) wait(keyOf(row.turn, part.call), { seq: row.seq, position, part: part.part });
  }

  /** A call that was loaded takes what came without it. */
  function collect(row: ToolRow, position: number): void {
    const key = keyOf(row.turn, row.call.id);
    for (const { seq, position: ownPosition, part } of alone.get(key) ?? []) {
      const call = callAt(position);
      if (call === null || !hasRoom(call, part)) continue;
      const own = ownPosition === null ? undefined : rows[ownPosition - first];
      if (ownPosition !== null && own?.seq === seq)
        rows[ownPosition - first] = { is: 'moved', seq, at: own.at, turn: own.turn };
      completeCall(position, part, seq);
    }
    alone.delete(key);
  }

  /** Parts that came later than a call that is dropped wait for it to be loaded again. */
  function dropParts(from: number, firstLeft: number): void {
    for (const [seq, { position, part }] of parts) {
      if (position >= firstLeft) continue;
      parts.delete(seq);
      const call = callAt(position);
      if (seq >= from && call !== null) wait(keyOf(call.turn, call.call.id), { seq, position: null, part });
    }
  }

  /** The first row whose event is not before this one. */
  function search(seq: number): number {
    let [from, to] = [0, rows.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((rows[middle]?.seq ?? 0) < seq) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  const model: TranscriptModel = {
    version: () => version,
    count: () => rows.length,
    row(index) {
      const row = rows[index];
      if (row === undefined) throw new Error(`the transcript has no row ${index}`);
      return row;
    },
    turn: factsOf,
    running: () => running,
    append,
    prepend,
    dropFirst(count) {
      const from = rows[count]?.seq ?? 0;
      for (const row of rows.slice(0, count)) if (row.is === 'tool') calls.delete(keyOf(row.turn, row.call.id));
      forgetOrphans((seq) => seq < from);
      dropParts(from, first + count);
      rows = rows.slice(count);
      first += count;
      version += 1;
      return from;
    },
    dropLast(count) {
      rows = rows.slice(0, Math.max(0, rows.length - count));
      const to = rows.at(-1)?.seq ?? 0;
      const end = first + rows.length;
      for (const [key, position] of calls) if (position >= end) calls.delete(key);
      for (const [seq, { position }] of parts) if (position >= end) parts.delete(seq);
      forgetOrphans((seq) => seq > to);
      running = null;
      version += 1;
      return to;
    },
    indexOf(seq) {
      const position = parts.get(seq)?.position;
      if (position !== undefined && callAt(position) !== null) return position - first;
      const index = search(seq);
      return index < rows.length ? index : null;
    },
  };
  return { model, parts };
}
