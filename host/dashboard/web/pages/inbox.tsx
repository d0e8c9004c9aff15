import { Button, Group, Text } from '@mantine/core';
import { IconInbox } from '@tabler/icons-react';
import { useState } from 'react';
import type { MessageView } from '../../../../protocol/schemas/message.ts';
import { pageByLimit } from '../data/combine-queries.ts';
import { useMarkRead } from '../data/mutations.ts';
import { INBOX_MAX, INBOX_PAGE, useInbox } from '../data/queries.ts';
import { MessageCard } from '../parts/message-card.tsx';
import { MessagesHead } from '../parts/messages-head.tsx';
import { Page } from '../parts/page.tsx';
import { QueryList } from '../parts/query-list.tsx';

/** The operator's unread messages. */
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
  return (
    <QueryList
      of={pageByLimit(inbox, {
        isFull: ({ messages, unread }) => unread > messages.length && limit < INBOX_MAX,
        grow: () => setLimit(Math.min(limit * 2, INBOX_MAX)),
      })}
      loading={{ rows: 3, height: 92 }}
      isEmpty={({ messages }) => messages.length === 0}
      empty={{
        icon: IconInbox,
        title: 'All read',
        text: 'What agents write to you stands here until you have read it.',
      }}
      more="Load newer"
    >
      {({ messages, unread }) => (
        <>
          {messages.map((message) => (
            <MessageCard key={message.id} message={message} unread withThread />
          ))}
          <Foot messages={messages} unread={unread} />
        </>
      )}
    </QueryList>
  );
}

function Foot({ messages, unread }: { messages: readonly MessageView[]; unread: number }) {
  const markRead = useMarkRead();
  return (
    <Group justify="flex-end" mt="md">
      {unread > messages.length && (
        <Text size="sm" c="dimmed" mr="auto">
          The oldest {messages.length} of {unread}
        </Text>
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
  );
}
