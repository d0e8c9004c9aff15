import { EVENT_WORDS, sayEventWords, toneOf } from '../../../../protocol/event-words.ts';
import { CHOICES, isWordless } from '../../../../protocol/event-words/turns.ts';
import type { EventData, HiveEvent, TypedEvent } from '../../../../protocol/schemas/event.ts';
import { capitalize, formatBytes, formatDateTime, formatDuration } from './format.ts';
import { type CallPart, type Row, type Step, type Tone, turnOf } from './transcript-rows.ts';

const NOTHING: Step = { do: 'nothing' };

/** What an event does to the rows of its agent's transcript. */
export function readStep(untyped: HiveEvent): Step {
  const event = untyped as TypedEvent;
  const common = { seq: event.seq, at: event.at, turn: turnOf(untyped) };
  switch (event.kind) {
    case 'turn.started': {
      const { messages, redelivered, session } = event.data;
      return add({ ...common, is: 'start', start: { messages, redelivered, session: saySession(session) } });
    }
    case 'turn.finished':
      return add({ ...common, is: 'end', end: event.data, isWordless: isWordless(event.data) });
    case 'turn.text':
    case 'turn.thinking': {
      const { text, truncated, within = null } = event.data;
      return add({ ...common, is: event.kind === 'turn.text' ? 'text' : 'thinking', text, truncated, within });
    }
    case 'turn.plan': {
      const { text, truncated } = event.data;
      return add({ ...common, is: 'plan', text, truncated, within: null });
    }
    case 'turn.tool_call':
      return add({ ...common, is: 'tool', call: event.data, result: null, changes: [], todos: null, images: [] });
    case 'turn.tool_result': {
      const result = { ...event.data, at: event.at, seq: event.seq };
      return complete(event.data.id, { is: 'result', result }, { ...common, is: 'result', result });
    }
    case 'turn.file_change':
      return complete(
        event.data.id,
        { is: 'change', change: event.data },
        { ...common, is: 'change', change: event.data },
      );
    case 'turn.todos':
      return complete(event.data.id, { is: 'todos', todos: event.data }, { ...common, is: 'todos', todos: event.data });
    case 'turn.image': {
      const note = noteOf(untyped);
      if (note === null) return NOTHING;
      return complete(event.data.id, { is: 'image', image: event.data }, { ...common, is: 'note', ...note });
    }
    default: {
      const note = noteOf(untyped);
      return note === null ? NOTHING : add({ ...common, is: 'note', ...note });
    }
  }
}

function add(row: Row): Step {
  return { do: 'add', row };
}

function complete(call: string | null, part: CallPart, alone: Row): Step {
  return call === null ? add(alone) : { do: 'complete', call, part, alone };
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
