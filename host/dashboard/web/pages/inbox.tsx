import { Button, Group } from '@mantine/core';
import { IconInbox } from '@tabler/icons-react';
import { useMarkRead } from '../data/mutations.ts';
import { useInbox } from '../data/queries.ts';
import { MessageCard } from '../parts/message-card.tsx';
import { MessagesHead } from '../parts/messages-head.tsx';
import { EmptyState, ErrorState, LoadingRows, Page } from '../parts/page.tsx';

/** What was written to the operator and not read yet. */
export function InboxPage() {
  return (
    <Page>
      <MessagesHead page="inbox" />
      <Inbox />
    </Page>
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
          onClick={() => markRead.mutate({ ids: messages.map(({ id }) => id) })}
        >
          Mark these as read
        </Button>
      </Group>
    </>
  );
}
