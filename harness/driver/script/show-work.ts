import type { Transcript } from '../transcript.ts';
import type { ScriptEvent } from './parse-event.ts';

/** Events of a program that are shown in the transcript, and mean nothing else to the hive. */
const KINDS = ['file_change', 'todos', 'plan', 'compaction', 'subagent', 'image', 'retry', 'error'] as const;
type Work = Extract<ScriptEvent, { type: (typeof KINDS)[number] }>;

export function isWork(event: ScriptEvent): event is Work {
  return (KINDS as readonly string[]).includes(event.type);
}

export function showWork(transcript: Transcript, event: Work): void {
  switch (event.type) {
    case 'file_change':
      return transcript.fileChange(event.id, { ...event, movedTo: event.moved_to });
    case 'todos':
      return transcript.todos(event.id, event.items);
    case 'plan':
      return transcript.plan(event.text);
    case 'compaction':
      return transcript.compaction({ tokensBefore: event.tokens_before, tokensAfter: event.tokens_after });
    case 'subagent':
      return transcript.subagent(event.id, event);
    case 'image':
      return transcript.image(event.id, { ...event, mediaType: event.media_type });
    case 'retry':
      return transcript.retry({ ...event, delayMs: event.delay_ms, error: event.error });
    case 'error':
      return transcript.error(event.text);
  }
}
