import type { EventData, HiveEvent, TypedEvent } from '../../../../protocol/schemas/event.ts';
import { formatDateTime } from './format.ts';

/** One thing within a turn. */
export type TurnItem =
  | { is: 'text' | 'thinking'; seq: number; at: number; text: string; truncated: boolean }
  | { is: 'tool'; seq: number; at: number; call: EventData<'turn.tool_call'>; result: ToolResult | null }
  | { is: 'note'; seq: number; at: number; tone: Tone; text: string };
export type ToolResult = EventData<'turn.tool_result'> & { at: number };
export type Tone = 'quiet' | 'good' | 'warn' | 'bad';

export interface TurnBlock {
  is: 'turn';
  seq: number;
  turn: number;
  /** Null when the turn began before the oldest event that is loaded. */
  startedAt: number | null;
  messages: number[];
  redelivered: number[];
  items: TurnItem[];
  finished: (EventData<'turn.finished'> & { at: number }) | null;
}

/** What happened to the agent between turns. */
export interface NoteBlock {
  is: 'note';
  seq: number;
  at: number;
  tone: Tone;
  text: string;
}

export type Block = TurnBlock | NoteBlock;

const WORDLESS = 'The turn ended without a word';

/** Makes turns and notes of an agent's events, which come in order. Calls are paired with their results by id. */
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
        });
        break;
      case 'turn.finished':
        turnOf(event.data.turn, untyped).finished = { ...event.data, at };
        if (event.data.outcome === 'done' && event.data.text.trim() === '')
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
        const note = describe(event);
        if (note === null) break;
        const turn = 'turn' in event.data ? event.data.turn : null;
        if (typeof turn === 'number') turnOf(turn, untyped).items.push({ is: 'note', seq, at, ...note });
        else blocks.push({ is: 'note', seq, at, ...note });
      }
    }
  }
  return blocks;
}

interface Described {
  tone: Tone;
  text: string;
}

/** Words for what is neither said nor called; null for what the transcript leaves out. */
function describe(event: TypedEvent): Described | null {
  switch (event.kind) {
    case 'turn.retry':
      return {
        tone: 'warn',
        text: `The model's provider answered ${event.data.error}; attempt ${event.data.attempt} follows after ${Math.round(event.data.delayMs / 100) / 10} s`,
      };
    case 'turn.noise':
      return { tone: 'quiet', text: `${plural(event.data.lines, 'line')} of unknown output: ${event.data.sample}` };
    case 'conversation.dropped':
      return {
        tone: 'warn',
        text: `The conversation was dropped, the next turn begins a fresh one: ${event.data.reason ?? 'it could not be continued'}`,
      };
    case 'transcript.dropped':
      return {
        tone: 'warn',
        text: `${plural(event.data.events, 'event')} beyond the agent's budget were dropped`,
      };
    case 'delivery.in_context':
      return { tone: 'quiet', text: `${listIds(event.data.messages)} taken into context` };
    case 'delivery.released':
      return {
        tone: 'warn',
        text: `${listIds(event.data.messages)} put back: ${event.data.reason}`,
      };
    case 'delivery.dead':
      return {
        tone: 'bad',
        text: `${listIds(event.data.messages)} given up after ${plural(event.data.attempts, 'attempt')}: ${event.data.reason}`,
      };
    case 'delivery.joined':
      return { tone: 'quiet', text: `${listIds(event.data.messages)} joined the turn` };
    case 'delivery.expired':
      return { tone: 'warn', text: `${listIds(event.data.messages)} expired unread` };
    case 'delivery.withdrawn':
      return { tone: 'quiet', text: `${listIds(event.data.messages)} withdrawn by ${event.data.by}` };
    case 'delivery.requeued':
      return { tone: 'quiet', text: `${listIds(event.data.messages)} requeued by ${event.data.by}` };
    case 'agent.quiet':
      return {
        tone: 'quiet',
        text:
          event.data.until === null
            ? `Do not disturb ended by ${event.data.by}`
            : `Do not disturb until ${formatDateTime(event.data.until)}, set by ${event.data.by}`,
      };
    case 'agent.created':
      return { tone: 'quiet', text: `Created as ${event.data.role}` };
    case 'agent.desired':
      return { tone: 'quiet', text: `Declared ${event.data.desired} by ${event.data.by}` };
    case 'agent.rebuilding':
      return { tone: 'quiet', text: `Rebuild to generation ${event.data.generation} asked by ${event.data.by}` };
    case 'agent.rebuilt':
      return { tone: 'good', text: `Rebuilt: generation ${event.data.generation}` };
    case 'box.started':
      return { tone: 'quiet', text: `Box started in ${event.data.ms} ms (generation ${event.data.generation})` };
    case 'box.adopted':
      return { tone: 'quiet', text: `Running box taken over (generation ${event.data.generation})` };
    case 'box.exited':
      return {
        tone: 'bad',
        text: `Box ended${event.data.oom ? ': out of memory' : ''} (exit ${event.data.exitCode ?? 'unknown'})`,
      };
    case 'box.failed':
      return { tone: 'bad', text: `The box could not be run: ${event.data.reason}` };
    case 'harness.hello':
      return { tone: 'quiet', text: 'Harness connected' };
    case 'harness.lost':
      return { tone: 'bad', text: `Harness not heard of for ${Math.round(event.data.silentMs / 1000)} s` };
    case 'harness.state':
      return event.data.reason === null ? null : { tone: 'warn', text: event.data.reason };
    case 'cli.exited':
      return { tone: 'quiet', text: `CLI ended: ${event.data.why}` };
    default:
      return null;
  }
}

function listIds(messages: readonly number[]): string {
  return messages.map((id) => `#${id}`).join(', ');
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
