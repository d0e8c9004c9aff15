import type { EventData, EventKind } from '../schemas/event.ts';

/** How a view formats figures and times: short in a terminal, spelled out on the page. */
export interface EventFormat {
  /** Milliseconds. */
  span(ms: number): string;
  /** A past time, in epoch milliseconds. */
  past(at: number): string;
  /** A future time, in epoch milliseconds. */
  ahead(at: number): string;
  bytes(count: number): string;
}

/** The severity of an event beside others: `bad` needs somebody's attention, `warn` is out of the ordinary. */
export type EventTone = 'quiet' | 'good' | 'warn' | 'bad';

/** The texts of one kind of event. */
export interface EventWords<K extends EventKind> {
  /** What happened, in a word or two of small letters: the start of its line. */
  readonly title: string;
  /** The rest of the line; empty where the title says it all. */
  say(data: EventData<K>, format: EventFormat): string;
  /** Its tone in the agent's transcript; when missing or null, it is not shown there. */
  readonly tone?: EventTone | ((data: EventData<K>) => EventTone | null);
  /**
   * The agent's activity from now on, in a line; null: it does nothing any longer. When missing, the event does not
   * change the activity.
   */
  now?(data: EventData<K>): string | null;
}

/** The texts of some kinds of events. */
export type EventTable = { readonly [K in EventKind]?: EventWords<K> };
