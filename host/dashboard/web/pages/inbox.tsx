import { Button, Group, Text } from '@mantine/core';
import { IconInbox } from '@tabler/icons-react';
import { useState } from 'react';
import { useMarkRead } from '../data/mutations.ts';
import { INBOX_MOST, INBOX_PAGE, useInbox } from '../data/queries.ts';
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
  const [limit, setLimit] = useState(INBOX_PAGE);
  const inbox = useInbox(limit);
  const markRead = useMarkRead();
  if (inbox.data === undefined && inbox.error !== null)
    return <ErrorState error={inbox.error} onRetry={() => void inbox.refetch()} />;
  if (inbox.data === undefined) return <LoadingRows rows={3} height={92} />;
  const { messages, unread } = inbox.data;
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
        {unread > messages.length && (
          <Text size="sm" c="dimmed" mr="auto">
            The oldest {messages.length} of {unread}
          </Text>
        )}
        {unread > messages.length && limit < INBOX_MOST && (
          <Button
            variant="default"
            size="xs"
            loading={inbox.isPlaceholderData}
            onClick={() => setLimit(Math.min(limit * 2, INBOX_MOST))}
          >
            Load newer
          </Button>
        )}
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
