import { NativeSelect } from '@mantine/core';
import { useDocumentVisibility } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import { HiveError } from '../../../../protocol/errors.ts';
import type { MessageView, SendInput } from '../../../../protocol/schemas/message.ts';
import { useFleet, useInbox, useThread } from '../data/queries.ts';
import { useMarkRead } from '../data/mutations.ts';
import { toPlainText } from '../data/plain-text.ts';
import { Composer } from '../parts/composer.tsx';
import { MessageCard } from '../parts/message-card.tsx';
import { ErrorState, LoadingRows, Page, PageHead } from '../parts/page.tsx';
import { NotFoundPage } from './not-found.tsx';

/** A whole conversation: who said what, who saw what when, and the operator's answer. */
export function ThreadPage({ id }: { id: number }) {
  const isId = Number.isSafeInteger(id) && id > 0;
  return isId ? <Thread id={id} /> : <NotFoundPage />;
}

function Thread({ id }: { id: number }) {
  const thread = useThread(id);
  const isNew = useReadOnSight(thread.data?.messages ?? []);
  if (thread.error instanceof HiveError && thread.error.code === 'unknown_message') return <NotFoundPage />;
  const subject = toPlainText(thread.data?.thread.subject ?? '').slice(0, 120);
  return (
    <Page narrow>
      <PageHead
        title={subject === '' ? `Thread ${id}` : subject}
        documentTitle={subject === '' ? `Thread ${id}` : subject}
        about={
          <Link href="/messages" className="text-link">
            All messages
          </Link>
        }
      />
      <ThreadBody thread={thread} isNew={isNew} />
    </Page>
  );
}

function ThreadBody({ thread, isNew }: { thread: ReturnType<typeof useThread>; isNew: (id: number) => boolean }) {
  if (thread.data === undefined && thread.error !== null)
    return <ErrorState error={thread.error} onRetry={() => void thread.refetch()} />;
  if (thread.data === undefined) return <LoadingRows rows={3} height={110} />;
  return (
    <>
      {thread.data.messages.map((message) => (
        <MessageCard key={message.id} message={message} unread={isNew(message.id)} />
      ))}
      <Reply messages={thread.data.messages} />
    </>
  );
}

/** Answers the last thing somebody else said, unless another addressee is chosen. */
function Reply({ messages }: { messages: readonly MessageView[] }) {
  const agents = useFleet().data?.agents.map(({ name }) => name as string) ?? [];
  const people = new Set(
    messages.flatMap((one) => [one.from as string, ...one.receipts.map(({ recipient }) => recipient)]),
  );
  const choices = agents.filter((name) => people.has(name));
  const answered = messages.findLast(({ from }) => choices.includes(from)) ?? messages.at(-1);
  const [chosen, setChosen] = useState<string | null>(null);
  const to = chosen ?? (answered !== undefined && choices.includes(answered.from) ? answered.from : choices[0]);
  if (to === undefined || answered === undefined) return null;
  return (
    <div style={{ marginTop: 20 }}>
      <Composer
        to={to as SendInput['to']}
        inReplyTo={(messages.findLast(({ from }) => from === to) ?? answered).id}
        label={`Reply to ${to}`}
        placeholder={`Reply to ${to}…`}
        extra={
          choices.length > 1 ? (
            <NativeSelect
              size="xs"
              aria-label="Reply to"
              value={to}
              data={choices}
              onChange={(event) => setChosen(event.currentTarget.value)}
            />
          ) : null
        }
      />
    </div>
  );
}

/** Marks what was for the operator as read once it is on a screen; it stays marked as new until the page is left. */
function useReadOnSight(messages: readonly MessageView[]): (id: number) => boolean {
  const visible = useDocumentVisibility() === 'visible';
  const unread = useInbox().data?.messages ?? [];
  const { mutate } = useMarkRead();
  const [seen, setSeen] = useState<ReadonlySet<number>>(new Set());
  const told = useRef(new Set<number>());
  const waiting = unread.filter(({ id }) => messages.some((one) => one.id === id)).map(({ id }) => id);
  const key = waiting.join(',');
  useEffect(() => {
    const ids = key
      .split(',')
      .map(Number)
      .filter((id) => id > 0 && !told.current.has(id));
    if (!visible || ids.length === 0) return;
    for (const id of ids) told.current.add(id);
    setSeen((before) => new Set([...before, ...ids]));
    mutate(ids);
  }, [key, visible, mutate]);
  return (id) => seen.has(id);
}
