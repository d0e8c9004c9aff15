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

const UNKNOWN: TurnFacts = { startedAt: null, isOver: false, hasText: false, error: null };

export function createTranscriptModel(): TranscriptModel {
  let rows: Row[] = [];
  /** The position of the first row: positions stay when rows are put before it. */
  let first = 0;
  let version = 0;
  let running: number | null = null;
  const turns = new Map<number, TurnFacts>();
  /** Positions of tool calls by turn and ID, and of rows of their parts that came without them. */
  const calls = new Map<string, number>();
  const alone = new Map<string, { position: number; part: CallPart }[]>();
  /** Positions of calls by the numbers of the events that completed them. */
  const parts = new Map<number, number>();

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

  function wait(key: string, one: { position: number; part: CallPart }): void {
    alone.set(key, [...(alone.get(key) ?? []), one]);
  }

  function completeCall(position: number, part: CallPart, seq: number): void {
    const row = callAt(position);
    if (row === null) return;
    rows[position - first] = complete(row, part);
    parts.set(seq, position);
  }

  function append(events: readonly HiveEvent[]): void {
    for (const event of events) {
      const step = readStep(event);
      if (step.do === 'add') addLast(step.row);
      if (step.do !== 'complete') continue;
      const key = keyOf(step.alone.turn, step.call);
      const known = calls.get(key);
      if (known !== undefined && callAt(known) !== null) completeCall(known, step.part, event.seq);
      else {
        const position = addLast(step.alone);
        wait(key, { position, part: step.part });
      }
    }
    version += 1;
  }

  function prepend(events: readonly HiveEvent[]): void {
    const before = createTranscriptModel();
    before.append(events);
    const count = before.count();
    const added = Array.from({ length: count }, (_, index) => before.row(index));
    first -= count;
    rows = [...added, ...rows];
    for (const [index, row] of added.entries()) register(row, first + index);
    version += 1;
  }

  function register(row: Row, position: number): void {
    learnFrom(row);
    if (row.is === 'tool') {
      calls.set(keyOf(row.turn, row.call.id), position);
      if (row.result !== null) parts.set(row.result.seq, position);
      collect(row, position);
    }
    const part = partOf(row);
    if (part !== null) wait(keyOf(row.turn, part.call), { position, part: part.part });
  }

  /** A call that was loaded takes what came without it. */
  function collect(row: ToolRow, position: number): void {
    const key = keyOf(row.turn, row.call.id);
    for (const one of alone.get(key) ?? []) {
      const own = rows[one.position - first];
      if (own === undefined) continue;
      rows[one.position - first] = { is: 'moved', seq: own.seq, at: own.at, turn: own.turn };
      completeCall(position, one.part, own.seq);
    }
    alone.delete(key);
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

  return {
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
      for (const row of rows.slice(0, count)) if (row.is === 'tool') calls.delete(keyOf(row.turn, row.call.id));
      rows = rows.slice(count);
      first += count;
      for (const [seq, position] of parts) if (position < first) parts.delete(seq);
      version += 1;
      return rows[0]?.seq ?? 0;
    },
    dropLast(count) {
      rows = rows.slice(0, Math.max(0, rows.length - count));
      running = null;
      version += 1;
      return rows.at(-1)?.seq ?? 0;
    },
    indexOf(seq) {
      const position = parts.get(seq);
      if (position !== undefined && callAt(position) !== null) return position - first;
      const index = search(seq);
      return index < rows.length ? index : null;
    },
  };
}
