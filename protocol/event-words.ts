import type { EventKind, HiveEvent } from './schemas/event.ts';
import { AGENT_EVENTS } from './event-words/agents.ts';
import { DOOR_EVENTS } from './event-words/doors.ts';
import { FORGE_EVENTS } from './event-words/forge.ts';
import { HIVE_EVENTS } from './event-words/hive.ts';
import { MAIL_EVENTS } from './event-words/mail.ts';
import { TIMER_EVENTS } from './event-words/timers.ts';
import { TURN_EVENTS } from './event-words/turns.ts';
import { WORK_EVENTS } from './event-words/work.ts';
import type { EventFormat, EventTone, EventWords } from './event-words/words.ts';

export type { EventFormat, EventTone } from './event-words/words.ts';

/**
 * The texts of every kind of event, defined once: for `hivectl events` and `tail`, the page's transcripts and the line
 * with an agent's activity. The data is declared in schemas/event.ts. These files have only texts, so that the page can
 * import them without the schemas.
 */
export const EVENT_WORDS: { readonly [K in EventKind]: EventWords<K> } = {
  ...HIVE_EVENTS,
  ...AGENT_EVENTS,
  ...MAIL_EVENTS,
  ...TURN_EVENTS,
  ...WORK_EVENTS,
  ...TIMER_EVENTS,
  ...DOOR_EVENTS,
  ...FORGE_EVENTS,
};

/** An event's line; its data must be as its kind declares. */
export function sayEventWords(event: Pick<HiveEvent, 'kind' | 'data'>, format: EventFormat): string {
  return wordsOf(event.kind).say(event.data, format);
}

/** An event's tone in its agent's transcript; null: it has no line of its own there. */
export function toneOf(event: Pick<HiveEvent, 'kind' | 'data'>): EventTone | null {
  const { tone = null } = wordsOf(event.kind);
  return typeof tone === 'function' ? tone(event.data) : tone;
}

/** The agent's activity after the event; null: it does nothing any longer; undefined: the event does not change it. */
export function activityOf(event: Pick<HiveEvent, 'kind' | 'data'>): string | null | undefined {
  return wordsOf(event.kind).now?.(event.data);
}

/** The table without the type relation between a kind and its data, which the caller ensures. */
function wordsOf(kind: EventKind): EventWords<never> & {
  say(data: HiveEvent['data'], format: EventFormat): string;
  readonly tone?: EventTone | ((data: HiveEvent['data']) => EventTone | null);
  now?(data: HiveEvent['data']): string | null;
} {
  return EVENT_WORDS[kind] as never;
}
