import { IconHash } from '@tabler/icons-react';
import { useTopics } from '../data/mail-queries.ts';
import { MessagesHead } from '../parts/messages-head.tsx';
import { EmptyState, Page } from '../parts/page.tsx';
import { PanelList } from '../parts/panel-list.tsx';
import { QueryList } from '../parts/query-list.tsx';
import { NewTopic, TopicItem } from '../parts/topic-item.tsx';

/** All topics with their subscribers and whether they accept messages. */
export function TopicsPage() {
  return (
    <Page>
      <MessagesHead page="topics" />
      <Topics />
    </Page>
  );
}

function Topics() {
  return (
    <QueryList of={useTopics()} loading={{ rows: 3, height: 64 }} empty={null}>
      {({ topics }) => (
        <>
          {topics.length === 0 ? (
            <EmptyState icon={IconHash} title="No topics yet">
              A topic is there as soon as an agent subscribes to it; a message to it goes to all subscribers. Make one
              here to subscribe agents yourself.
            </EmptyState>
          ) : (
            <PanelList label="Topics">
              {topics.map((topic) => (
                <TopicItem key={topic.topic} topic={topic} />
              ))}
            </PanelList>
          )}
          <NewTopic known={topics.map(({ topic }) => topic)} />
        </>
      )}
    </QueryList>
  );
}
