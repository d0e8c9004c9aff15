import type { EventData } from '../schemas/event.ts';
import type { EventTable } from './words.ts';

/** What a turn does beside its texts and tool calls. */
export const WORK_EVENTS = {
  'turn.file_change': {
    title: 'file',
    say: (data) => sayFileChange(data),
    now: ({ change, path }) => `${change} ${path}`,
  },
  'turn.todos': { title: 'to do', say: ({ items }) => sayTodos(items) },
  'turn.plan': { title: 'plans', say: ({ text }) => text },
  'turn.compaction': {
    title: 'conversation compacted',
    say: ({ by, tokensBefore, tokensAfter }) =>
      [
        by === 'request' ? 'as the hive asked' : '',
        tokensBefore === null ? '' : `from ${tokensBefore.toLocaleString('en')} tokens`,
        tokensAfter === null ? '' : `to ${tokensAfter.toLocaleString('en')} tokens`,
      ]
        .filter((part) => part !== '')
        .join(' '),
    tone: 'quiet',
  },
  'turn.subagent': {
    title: 'subagent',
    say: ({ step, name, about, durationMs }, { span }) =>
      `${name} ${step}${durationMs === null ? '' : ` in ${span(durationMs)}`}${about === '' ? '' : `: ${about}`}`,
    tone: ({ step }) => (step === 'failed' ? 'warn' : 'quiet'),
    now: ({ step, name, about }) => (step === 'started' ? `waiting for its subagent ${name}: ${about}` : 'thinking'),
  },
  'turn.image': {
    title: 'looks at a picture',
    say: ({ path, mediaType, bytes }, format) =>
      [path, mediaType, bytes === null ? null : format.bytes(bytes)].filter((part) => part !== null).join(', '),
    tone: 'quiet',
  },
  'turn.error': { title: 'error', say: ({ text }) => text, tone: 'bad' },
} satisfies EventTable;

/** `changed src/a.ts (+3 -1)`. */
export function sayFileChange(data: EventData<'turn.file_change'>): string {
  const { change, path, movedTo, added, removed } = data;
  const counts = added === null || removed === null ? '' : ` (+${added} -${removed})`;
  return `${change} ${path}${movedTo === null ? '' : ` to ${movedTo}`}${counts}`;
}

/** `1 of 3 done, now: write the tests`. */
export function sayTodos(items: EventData<'turn.todos'>['items']): string {
  const done = items.filter(({ state }) => state === 'done').length;
  const now = items.find(({ state }) => state === 'in_progress');
  return `${done} of ${items.length} done${now === undefined ? '' : `, now: ${now.text}`}`;
}
