import { OPERATOR } from '../../../protocol/names.ts';
import { EVENT_WORDS } from '../../../protocol/event-words.ts';
import { type EventKind, EVENT_DATA, type HiveEvent } from '../../../protocol/schemas/event.ts';
import { oneLine } from './clean-text.ts';
import { cutTo } from './fit-table.ts';
import { describeEvent } from './say-event.ts';
import { sayTime } from './say-figures.ts';
import type { Terminal } from './terminal.ts';

/** The event kinds that `hivectl tail` follows. */
export const TALK_KINDS =
  'message.sent,mailbox.full,delivery.*,question.*,thread.*,topic.changed,agent.quiet,reminder.*,schedule.*';

/** Kinds that are highlighted as problems. */
const TROUBLES: ReadonlySet<EventKind> = new Set([
  'mailbox.full',
  'delivery.dead',
  'thread.paused',
  'schedule.skipped',
]);

/**
 * Prints one event of messaging on one line, cut to the terminal: messages in full colour, later steps of deliveries
 * dim.
 */
export function sayTalk(terminal: Terminal, event: HiveEvent, now: number): void {
  const time = sayTime(event.at, now);
  const words = describeTalk(event, now);
  const line = `${time}  ${words}`.trimEnd();
  const cut = terminal.width === null ? line : cutTo(line, terminal.width);
  if (event.kind === 'message.sent')
    terminal.say(`${terminal.style('dim', cut.slice(0, time.length))}${cut.slice(time.length)}`);
  else terminal.say(terminal.style(TROUBLES.has(event.kind) ? 'yellow' : 'dim', cut));
}

/** "scout → manager  #12 [question]: text" for a message, "scout  reads #12 in turn 4" for all other events. */
export function describeTalk(event: HiveEvent, now: number): string {
  const sent = event.kind === 'message.sent' ? EVENT_DATA['message.sent'].safeParse(event.data).data : undefined;
  if (sent === undefined) {
    const who = whose(event);
    return `  ${who === null ? '' : `${who}  `}${EVENT_WORDS[event.kind].title}  ${oneLine(describeEvent(event, now))}`;
  }
  const kind = sent.kind === 'note' ? '' : ` [${sent.kind}]`;
  const to = sent.to === '*' ? 'everyone' : sent.to;
  const reach = sent.to === sent.recipients[0] ? '' : ` (${sent.recipients.length})`;
  return `#${sent.id}${kind} ${sent.from} → ${to}${reach}: ${oneLine(sent.preview)}`;
}

/** The owner of the mailbox, reminder or schedule; the operator's events have no agent. */
function whose({ agent, kind }: HiveEvent): string | null {
  return agent ?? (/^(?:delivery|reminder|schedule)\./.test(kind) ? OPERATOR : null);
}
