import { Button, Tabs, Text } from '@mantine/core';
import { IconPencil } from '@tabler/icons-react';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { useDead } from '../data/mail-queries.ts';
import { useInbox } from '../data/queries.ts';
import { NewMessage } from './new-message.tsx';
import { PageHead } from './page.tsx';
import classes from './messages-head.module.css';

const PAGES = {
  threads: { href: '/messages', label: 'Threads' },
  inbox: { href: '/messages/inbox', label: 'For you' },
  dead: { href: '/messages/dead', label: 'Dead letters' },
  topics: { href: '/messages/topics', label: 'Topics' },
} as const;
type PageName = keyof typeof PAGES;

/** The header of the pages about messages: the operator's unread count and the tabs. */
export function MessagesHead({ page }: { page: PageName }) {
  const [, go] = useLocation();
  const [writing, setWriting] = useState(false);
  const unread = useInbox().data?.unread ?? 0;
  const dead = useDead(null).data?.total ?? 0;
  const title = page === 'threads' || page === 'inbox' ? 'Messages' : PAGES[page].label;
  return (
    <>
      <PageHead
        title="Messages"
        documentTitle={unread > 0 ? `(${unread}) ${title}` : title}
        about={unread === 0 ? 'Nothing unread for you' : `${unread} unread for you`}
      >
        <Button leftSection={<IconPencil size={16} stroke={1.8} />} onClick={() => setWriting(true)}>
          Write
        </Button>
      </PageHead>
      <Tabs
        value={page}
        onChange={(value) => go(PAGES[value as PageName].href)}
        aria-label="Pages of messages"
        className={classes.tabs ?? ''}
      >
        <Tabs.List>
          <Tabs.Tab value="threads">{PAGES.threads.label}</Tabs.Tab>
          <Tabs.Tab value="inbox" rightSection={<Count count={unread} />}>
            {PAGES.inbox.label}
          </Tabs.Tab>
          <Tabs.Tab value="dead" rightSection={<Count count={dead} bad />}>
            {PAGES.dead.label}
          </Tabs.Tab>
          <Tabs.Tab value="topics">{PAGES.topics.label}</Tabs.Tab>
        </Tabs.List>
      </Tabs>
      <NewMessage opened={writing} onClose={() => setWriting(false)} />
    </>
  );
}

function Count({ count, bad = false }: { count: number; bad?: boolean }) {
  if (count === 0) return null;
  return (
    <Text span size="xs" fw={600} c={bad ? 'var(--hive-bad)' : 'var(--hive-accent-text)'}>
      {count}
    </Text>
  );
}
