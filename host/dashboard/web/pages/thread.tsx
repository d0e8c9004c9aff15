import { Button, Group, NativeSelect, Text } from '@mantine/core';
import { useDocumentVisibility } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import { HiveError } from '../../../../protocol/errors.ts';
import type { MessageView, SendInput, ThreadView } from '../../../../protocol/schemas/message.ts';
import { shorten } from '../../../../system/text/cut-text.ts';
import { useQuestionsOf, useThread } from '../data/mail-queries.ts';
import { useMarkRead } from '../data/mutations.ts';
import { formatName, toPlainText } from '../data/plain-text.ts';
import { useFleet } from '../data/queries.ts';
import { whyNoReply } from '../data/thread-rules.ts';
import { Composer } from '../parts/composer.tsx';
import { MessageCard } from '../parts/message-card.tsx';
import { ErrorState, LoadingRows, Page, PageHead } from '../parts/page.tsx';
import { ThreadButtons, ThreadNotice, ThreadStateBadge } from '../parts/thread-state.tsx';
import { NotFoundPage } from './not-found.tsx';

/** A thread: its messages with their receipts, its state, and a form to reply. */
export function ThreadPage({ id }: { id: number }) {
  const isId = Number.isSafeInteger(id) && id > 0;
  return isId ? <Thread id={id} /> : <NotFoundPage />;
}

function Thread({ id }: { id: number }) {
  const thread = useThread(id);
  const isNew = useReadOnSight(thread.data?.messages ?? []);
  useGoToMessage(thread);
  if (thread.error instanceof HiveError && thread.error.code === 'unknown_message') return <NotFoundPage />;
  const head = thread.data?.thread;
  const subject = shorten(toPlainText(head?.subject ?? ''), 120);
  return (
    <Page narrow>
      <PageHead
        title={subject === '' ? `Thread ${id}` : subject}
        documentTitle={subject === '' ? `Thread ${id}` : subject}
        about={
          <Group gap="4px 14px">
            {head !== undefined && <ThreadStateBadge state={head.state} />}
            {head !== undefined && <span>{describeThread(head)}</span>}
            <Link href="/messages" className="text-link">
              All messages
            </Link>
          </Group>
        }
      >
        {head !== undefined && <ThreadButtons thread={head} />}
      </PageHead>
      <ThreadBody thread={thread} isNew={isNew} />
    </Page>
  );
}

function describeThread({ messages, participants }: ThreadView): string {
  const people = participants.map(formatName);
  const shown =
    people.length > 4 ? `${people.slice(0, 3).join(', ')} and ${people.length - 3} more` : people.join(', ');
  return `${messages} ${messages === 1 ? 'message' : 'messages'} between ${shown}`;
}

function ThreadBody({ thread, isNew }: { thread: ReturnType<typeof useThread>; isNew: (id: number) => boolean }) {
  const messages = thread.data?.messages ?? [];
  const head = thread.data?.thread;
  const questions = useQuestionsOf(
    head?.id ?? 0,
    messages.some(({ kind }) => kind === 'question'),
  ).data;
  if (thread.data === undefined && thread.error !== null)
    return <ErrorState error={thread.error} onRetry={() => void thread.refetch()} />;
  if (head === undefined) return <LoadingRows rows={3} height={110} />;
  const refusal = whyNoReply(head);
  return (
    <>
      <ThreadNotice thread={head} />
      {thread.hasNextPage && <EarlierButton thread={thread} />}
      {messages.map((message) => (
        <MessageCard
          key={message.id}
          message={message}
          question={questions?.get(message.id)}
          unread={isNew(message.id)}
        />
      ))}
      {refusal === null ? (
        <Reply messages={messages} />
      ) : (
        <Text c="dimmed" mt="lg" ta="center">
          {refusal}
        </Text>
      )}
    </>
  );
}

/** Scrolls to the message in the address (#message-12), after fetching earlier pages until it is loaded. */
function useGoToMessage({ data, hasNextPage, isFetching, fetchNextPage }: ReturnType<typeof useThread>): void {
  const wanted = useRef(window.location.hash.slice(1));
  useEffect(() => {
    if (data === undefined || isFetching || !/^message-\d+$/.test(wanted.current)) return;
    const card = document.getElementById(wanted.current);
    if (card === null && hasNextPage) {
      void fetchNextPage();
      return;
    }
    wanted.current = '';
    card?.scrollIntoView({ block: 'center' });
  }, [data, hasNextPage, isFetching, fetchNextPage]);
}

/** Loads earlier messages and keeps the scroll position of the messages in view. */
function EarlierButton({ thread }: { thread: ReturnType<typeof useThread> }) {
  const load = async () => {
    const fromEnd = document.documentElement.scrollHeight - window.scrollY;
    await thread.fetchNextPage();
    requestAnimationFrame(() => window.scrollTo({ top: document.documentElement.scrollHeight - fromEnd }));
  };
  return (
    <Group justify="center" mb="md">
      <Button variant="default" size="xs" loading={thread.isFetchingNextPage} onClick={() => void load()}>
        Load earlier messages
      </Button>
    </Group>
  );
}

/** Replies to the last message of another participant, unless the operator chooses another recipient. */
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

/** Marks the operator's messages as read once the tab is visible. They keep the "New" mark until the page is left. */
function useReadOnSight(messages: readonly MessageView[]): (id: number) => boolean {
  const visible = useDocumentVisibility() === 'visible';
  const { mutate } = useMarkRead();
  const [seen, setSeen] = useState<ReadonlySet<number>>(new Set());
  const marked = useRef(new Set<number>());
  const waiting = messages.filter(isUnread).map(({ id }) => id);
  const key = waiting.join(',');
  useEffect(() => {
    const ids = key
      .split(',')
      .map(Number)
      .filter((id) => id > 0 && !marked.current.has(id));
    if (!visible || ids.length === 0) return;
    for (const id of ids) marked.current.add(id);
    setSeen((before) => new Set([...before, ...ids]));
    mutate({ ids });
  }, [key, visible, mutate]);
  return (id) => seen.has(id);
}

/** Whether the operator has not read the message, by its own receipt: the inbox query has only the oldest unread messages. */
function isUnread({ receipts }: MessageView): boolean {
  return receipts.some(({ recipient, state }) => recipient === 'operator' && state === 'queued');
}
