import { EVENT_WORDS, type EventTone, sayEventWords, toneOf } from '../../../../protocol/event-words.ts';
import { CHOICES, isWordless } from '../../../../protocol/event-words/turns.ts';
import type { EventData, HiveEvent, TypedEvent } from '../../../../protocol/schemas/event.ts';
import { capitalize, formatBytes, formatDateTime, formatDuration } from './format.ts';

/** One entry of a turn. */
export type TurnItem =
  | { is: 'text' | 'thinking'; seq: number; at: number; text: string; truncated: boolean }
  | { is: 'tool'; seq: number; at: number; call: EventData<'turn.tool_call'>; result: ToolResult | null }
  | { is: 'note'; seq: number; at: number; tone: Tone; text: string };
export type ToolResult = EventData<'turn.tool_result'> & { at: number };
export type Tone = EventTone;

export interface TurnBlock {
  is: 'turn';
  seq: number;
  turn: number;
  /** Null when the start of the turn is not loaded. */
  startedAt: number | null;
  messages: number[];
  redelivered: number[];
  /** What was done with the conversation, in words; null where the event does not say. */
  session: string | null;
  items: TurnItem[];
  finished: (EventData<'turn.finished'> & { at: number }) | null;
}

/** An event of the agent outside of turns. */
export interface NoteBlock {
  is: 'note';
  seq: number;
  at: number;
  tone: Tone;
  text: string;
}

export type Block = TurnBlock | NoteBlock;

const WORDLESS = 'The turn ended without a word';

/** Groups an agent's events, ordered by seq, into turns and notes. Tool calls are paired with their results by id. */
export function composeTranscript(events: readonly HiveEvent[]): Block[] {
  const blocks: Block[] = [];
  const turns = new Map<number, TurnBlock>();
  const calls = new Map<string, TurnItem & { is: 'tool' }>();

  const turnOf = (number: number, event: HiveEvent): TurnBlock => {
    const known = turns.get(number);
    if (known !== undefined) return known;
    const block: TurnBlock = {
      is: 'turn',
      seq: event.seq,
      turn: number,
      startedAt: null,
      messages: [],
      redelivered: [],
      session: null,
      items: [],
      finished: null,
    };
    turns.set(number, block);
    blocks.push(block);
    return block;
  };

  for (const untyped of events) {
    const event = untyped as TypedEvent;
    const { seq, at } = event;
    switch (event.kind) {
      case 'turn.started':
        Object.assign(turnOf(event.data.turn, untyped), {
          startedAt: at,
          messages: event.data.messages,
          redelivered: event.data.redelivered,
          session: saySession(event.data.session),
        });
        break;
      case 'turn.finished':
        turnOf(event.data.turn, untyped).finished = { ...event.data, at };
        if (isWordless(event.data))
          turnOf(event.data.turn, untyped).items.push({ is: 'note', seq, at, tone: 'quiet', text: WORDLESS });
        break;
      case 'turn.text':
      case 'turn.thinking': {
        const is = event.kind === 'turn.text' ? 'text' : 'thinking';
        turnOf(event.data.turn, untyped).items.push({
          is,
          seq,
          at,
          text: event.data.text,
          truncated: event.data.truncated,
        });
        break;
      }
      case 'turn.tool_call': {
        const item = { is: 'tool' as const, seq, at, call: event.data, result: null };
        calls.set(`${event.data.turn}/${event.data.id}`, item);
        turnOf(event.data.turn, untyped).items.push(item);
        break;
      }
      case 'turn.tool_result': {
        const call = calls.get(`${event.data.turn}/${event.data.id}`);
        if (call !== undefined) call.result = { ...event.data, at };
        break;
      }
      default: {
        const note = noteOf(untyped);
        if (note === null) break;
        const turn = 'turn' in event.data ? event.data.turn : null;
        if (typeof turn === 'number') turnOf(turn, untyped).items.push({ is: 'note', seq, at, ...note });
        else blocks.push({ is: 'note', seq, at, ...note });
      }
    }
  }
  return blocks;
}

/** One line for an event that is neither text nor a tool call; null for an event that the transcript leaves out. */
function noteOf(event: HiveEvent): { tone: Tone; text: string } | null {
  const tone = toneOf(event);
  if (tone === null) return null;
  const { title } = EVENT_WORDS[event.kind];
  const words = sayEventWords(event, FORMAT);
  return { tone, text: `${capitalize(title)}${words === '' ? '' : `: ${words}`}` };
}

const FORMAT = { span: formatDuration, past: formatDateTime, ahead: formatDateTime, bytes: formatBytes };

function saySession(session: EventData<'turn.started'>['session']): string | null {
  return session === undefined ? null : `${CHOICES[session.choice]}: ${session.reason}`;
}
