import { Button, Group, SegmentedControl } from '@mantine/core';
import { IconInbox, IconMessages, IconPencil } from '@tabler/icons-react';
import { useState } from 'react';
import { useInbox, useThreads } from '../data/queries.ts';
import { useMarkRead } from '../data/mutations.ts';
import { MessageCard } from '../parts/message-card.tsx';
import { NewMessage } from '../parts/new-message.tsx';
import { EmptyState, ErrorState, LoadingRows, Page, PageHead } from '../parts/page.tsx';
import { ThreadRow } from '../parts/thread-row.tsx';
import classes from '../parts/thread-row.module.css';

const PAGE = 50;

/** Every conversation of the hive, and what of it waits for the operator. */
export function MessagesPage() {
  const [shown, setShown] = useState<'threads' | 'inbox'>('threads');
  const [writing, setWriting] = useState(false);
  const unread = useInbox().data?.unread ?? 0;
  return (
    <Page>
      <PageHead
        title="Messages"
        documentTitle={unread > 0 ? `(${unread}) Messages` : 'Messages'}
        about={unread === 0 ? 'Nothing unread for you' : `${unread} unread for you`}
      >
        <Group gap="sm">
          <SegmentedControl
            aria-label="Which messages"
            value={shown}
            onChange={(value) => setShown(value as 'threads' | 'inbox')}
            data={[
              { value: 'threads', label: 'All threads' },
              { value: 'inbox', label: unread > 0 ? `For you (${unread})` : 'For you' },
            ]}
          />
          <Button leftSection={<IconPencil size={16} stroke={1.8} />} onClick={() => setWriting(true)}>
            Write
          </Button>
        </Group>
      </PageHead>
      {shown === 'threads' ? <Threads /> : <Inbox />}
      <NewMessage opened={writing} onClose={() => setWriting(false)} />
    </Page>
  );
}

function Threads() {
  const [limit, setLimit] = useState(PAGE);
  const threads = useThreads(limit);
  const unread = new Set(useInbox().data?.messages.map(({ thread }) => thread));
  if (threads.data === undefined && threads.error !== null)
    return <ErrorState error={threads.error} onRetry={() => void threads.refetch()} />;
  if (threads.data === undefined) return <LoadingRows rows={6} />;
  const list = threads.data.threads;
  if (list.length === 0)
    return (
      <EmptyState icon={IconMessages} title="Nobody has said anything yet">
        Write to an agent, and the conversation appears here: who said what, and who saw it when.
      </EmptyState>
    );
  return (
    <>
      <ul className={classes.list} aria-label="Threads">
        {list.map((thread) => (
          <ThreadRow key={thread.id} thread={thread} unread={unread.has(thread.id)} />
        ))}
      </ul>
      {list.length >= limit && (
        <Group justify="center" mt="lg">
          <Button
            variant="default"
            size="xs"
            loading={threads.isPlaceholderData}
            onClick={() => setLimit(limit + PAGE)}
          >
            Load older
          </Button>
        </Group>
      )}
    </>
  );
}

function Inbox() {
  const inbox = useInbox();
  const markRead = useMarkRead();
  if (inbox.data === undefined && inbox.error !== null)
    return <ErrorState error={inbox.error} onRetry={() => void inbox.refetch()} />;
  if (inbox.data === undefined) return <LoadingRows rows={3} height={92} />;
  const { messages } = inbox.data;
  if (messages.length === 0)
    return (
      <EmptyState icon={IconInbox} title="All read">
        What agents write to you stands here until you have read it.
      </EmptyState>
    );
  return (
    <>
      {messages.map((message) => (
        <MessageCard key={message.id} message={message} unread withThread />
      ))}
      <Group justify="flex-end" mt="md">
        <Button
          variant="default"
          size="xs"
          loading={markRead.isPending}
          onClick={() => markRead.mutate(messages.map(({ id }) => id))}
        >
          Mark these as read
        </Button>
      </Group>
    </>
  );
}
