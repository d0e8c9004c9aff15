import { EVENT_DATA, type HiveEvent } from '../../../protocol/schemas/event.ts';

/** The number of an agent's messages that are remembered, to show later events about them too. */
const MOST_REMEMBERED = 10_000;

/** Fields of an event's data that hold names. */
const NAMES = ['from', 'to', 'asked', 'mailbox', 'sender', 'owner', 'by', 'recipients', 'between'];

/**
 * Filters events, called in their order, for those from, to or about one agent, including later steps of messages that
 * it sent. Without a name, all events pass.
 */
export function createTalkFilter(of: string | undefined): (event: HiveEvent) => boolean {
  const messages = new Set<number>();
  return (event) => {
    if (of === undefined) return true;
    const named = event.agent === of || NAMES.some((field) => names(event.data[field]).includes(of));
    const sent = event.kind === 'message.sent' ? EVENT_DATA['message.sent'].safeParse(event.data).data : undefined;
    if (named && sent !== undefined) remember(messages, sent.id);
    return named || idsOf(event).some((id) => messages.has(id as number));
  };
}

function names(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function remember(messages: Set<number>, id: number): void {
  messages.add(id);
  for (const oldest of messages) {
    if (messages.size <= MOST_REMEMBERED) break;
    messages.delete(oldest);
  }
}

/** The ids of the messages that an event is about. */
function idsOf({ kind, data }: HiveEvent): readonly unknown[] {
  if (kind.startsWith('thread.')) return [data['thread']];
  if (kind.startsWith('question.')) return [data['id']];
  return [...names(data['messages']), data['message']];
}
