import { HiveError } from '../../protocol/errors.ts';
import type { MessageView, ThreadView } from '../../protocol/schemas/message.ts';
import type { FakeData } from './fake-data.ts';

/** The threads of all messages, or of those that an agent sent or received; the one with the newest message first. */
export function listThreads(data: FakeData, of?: string): ThreadView[] {
  return [...groupByThread(data.messages).values()]
    .filter((group) => group.some((one) => isOfAgent(one, of)))
    .map((group) => ({ ...describeThread(group), ...data.threads.get(group[0]?.thread ?? 0) }))
    .sort((a, b) => b.lastId - a.lastId);
}

/** The thread of a message. Throws `unknown_message`. */
export function findThread(data: FakeData, id: number): { thread: ThreadView } {
  const root = data.messages.find((one) => one.id === id)?.thread;
  const thread = listThreads(data).find((one) => one.id === root);
  if (thread === undefined) throw new HiveError('unknown_message');
  return { thread };
}

/** Whether an agent sent or received a message; always true without an agent. */
export function isOfAgent(message: MessageView, of: string | undefined): boolean {
  return of === undefined || message.from === of || message.receipts.some(({ recipient }) => recipient === of);
}

function groupByThread(messages: MessageView[]): Map<number, MessageView[]> {
  const groups = new Map<number, MessageView[]>();
  for (const message of messages) groups.set(message.thread, [...(groups.get(message.thread) ?? []), message]);
  return groups;
}

function describeThread(messages: MessageView[]): ThreadView {
  const [first] = messages as [MessageView];
  const last = messages.at(-1) ?? first;
  const receipts = messages.flatMap((one) => one.receipts);
  const names = messages.flatMap((one) => [one.from as string, ...one.receipts.map(({ recipient }) => recipient)]);
  return {
    id: first.thread,
    state: 'open',
    why: null,
    participants: [...new Set(names)],
    messages: messages.length,
    subject: first.body.split('\n', 1)[0] ?? '',
    firstAt: first.at,
    lastAt: last.at,
    lastId: last.id,
    lastFrom: last.from,
    open: receipts.filter(({ state }) => state === 'queued' || state === 'leased').length,
    dead: receipts.filter(({ state }) => state === 'dead').length,
    unread: receipts.filter(({ state, recipient }) => state === 'queued' && recipient === 'operator').length,
  };
}
