import type { EventData, HiveEvent } from '../../../../protocol/schemas/event.ts';
import type { EventTone } from '../../../../protocol/event-words.ts';

export type Tone = EventTone;
export type FileChange = EventData<'turn.file_change'>;
export type Todos = EventData<'turn.todos'>;
export type ToolResult = EventData<'turn.tool_result'> & { at: number; seq: number };

interface Common {
  /** Of the event that it shows first; unique, and ascending from row to row. */
  readonly seq: number;
  readonly at: number;
  /** The turn that it is shown in; null between turns. */
  readonly turn: number | null;
}

/** A tool call with what is known of it: its result, the files that it changed, the list that it replaced. */
export interface ToolRow extends Common {
  readonly is: 'tool';
  readonly call: EventData<'turn.tool_call'>;
  readonly result: ToolResult | null;
  readonly changes: readonly FileChange[];
  readonly todos: Todos | null;
  readonly images: readonly EventData<'turn.image'>[];
}

/** What the list of a transcript shows, one below the other. */
export type Row =
  | (Common & { readonly is: 'start'; readonly start: TurnStart })
  | (Common & {
      readonly is: 'text' | 'thinking' | 'plan';
      readonly text: string;
      readonly truncated: boolean;
      readonly within: string | null;
    })
  | ToolRow
  /** A change, list or picture whose call is not loaded, or unknown. */
  | (Common & { readonly is: 'change'; readonly change: FileChange })
  | (Common & { readonly is: 'todos'; readonly todos: Todos })
  | (Common & { readonly is: 'result'; readonly result: ToolResult })
  | (Common & { readonly is: 'note'; readonly tone: Tone; readonly text: string })
  | (Common & { readonly is: 'end'; readonly end: EventData<'turn.finished'>; readonly isWordless: boolean })
  /** What was a row of its own until its call was loaded. */
  | (Common & { readonly is: 'moved' });

export interface TurnStart {
  readonly messages: readonly number[];
  readonly redelivered: readonly number[];
  /** What was done with the conversation, in words; null where the event does not say. */
  readonly session: string | null;
}

/** What rows need to know of their turn. Replaced as a whole when it changes. */
export interface TurnFacts {
  /** Null when the start of the turn is not loaded. */
  readonly startedAt: number | null;
  readonly isOver: boolean;
  /** A text of the turn is among its rows. */
  readonly hasText: boolean;
  /** The newest error among its rows. */
  readonly error: string | null;
}

/** What one event does to the rows. */
export type Step =
  | { readonly do: 'add'; readonly row: Row }
  /** Completes the tool call with this ID; `alone` is its row as long as that call is not loaded. */
  | { readonly do: 'complete'; readonly call: string; readonly part: CallPart; readonly alone: Row }
  | { readonly do: 'nothing' };

export type CallPart =
  | { readonly is: 'result'; readonly result: ToolResult }
  | { readonly is: 'change'; readonly change: FileChange }
  | { readonly is: 'todos'; readonly todos: Todos }
  | { readonly is: 'image'; readonly image: EventData<'turn.image'> };

/** A call with one more part. */
export function complete(row: ToolRow, part: CallPart): ToolRow {
  switch (part.is) {
    case 'result':
      return { ...row, result: part.result };
    case 'change':
      return { ...row, changes: [...row.changes, part.change] };
    case 'todos':
      return { ...row, todos: part.todos };
    case 'image':
      return { ...row, images: [...row.images, part.image] };
  }
}

/** The turn that an event belongs to by its data. */
export function turnOf({ data }: Pick<HiveEvent, 'data'>): number | null {
  return typeof data['turn'] === 'number' ? data['turn'] : null;
}
