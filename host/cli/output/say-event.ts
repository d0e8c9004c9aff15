import prettyBytes from 'pretty-bytes';
import { sayEventWords } from '../../../protocol/event-words.ts';
import { EVENT_DATA, type HiveEvent } from '../../../protocol/schemas/event.ts';
import { cutTo } from './fit-table.ts';
import { oneLine } from './clean-text.ts';
import { saySpan, sayTime, sayTimeInZone } from './say-figures.ts';
import type { Terminal } from './terminal.ts';

/** One event on one line, cut to the terminal. */
export function sayEvent(terminal: Terminal, event: HiveEvent, now: number): void {
  const head = `${String(event.seq).padStart(6)}  ${sayTime(event.at, now)}  ${(event.agent ?? '–').padEnd(10)}  ${event.kind.padEnd(20)}`;
  const line = `${head}  ${oneLine(describeEvent(event, now))}`.trimEnd();
  terminal.say(terminal.width === null ? line : cutTo(line, terminal.width));
}

/** The text of an event, in a few words. */
export function describeEvent(event: HiveEvent, now: number): string {
  const data = EVENT_DATA[event.kind].safeParse(event.data);
  // An event of another version is shown as its JSON.
  if (!data.success) return JSON.stringify(event.data);
  return sayEventWords(
    { kind: event.kind, data: data.data },
    {
      span: saySpan,
      past: (at) => sayTime(at, now),
      ahead: (at) => sayTimeInZone(at, now),
      bytes: prettyBytes,
    },
  );
}
