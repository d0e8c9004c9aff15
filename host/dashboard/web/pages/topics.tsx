import { IconHash } from '@tabler/icons-react';
import { useTopics } from '../data/mail-queries.ts';
import { MessagesHead } from '../parts/messages-head.tsx';
import { EmptyState, ErrorState, LoadingRows, Page } from '../parts/page.tsx';
import { NewTopic, TopicItem } from '../parts/topic-item.tsx';
import classes from '../parts/topic-item.module.css';

/** What agents can subscribe to: who does, and whether it takes messages. */
export function TopicsPage() {
  return (
    <Page>
      <MessagesHead page="topics" />
      <Topics />
    </Page>
  );
}

function Topics() {
  const topics = useTopics();
  if (topics.data === undefined && topics.error !== null)
    return <ErrorState error={topics.error} onRetry={() => void topics.refetch()} />;
  if (topics.data === undefined) return <LoadingRows rows={3} height={64} />;
  const list = topics.data.topics;
  return (
    <>
      {list.length === 0 ? (
        <EmptyState icon={IconHash} title="No topics yet">
          A topic is there as soon as an agent subscribes to it; a message to it goes to all subscribers. Make one here
          to subscribe agents yourself.
        </EmptyState>
      ) : (
        <ul className={classes.list} aria-label="Topics">
          {list.map((topic) => (
            <TopicItem key={topic.topic} topic={topic} />
          ))}
        </ul>
      )}
      <NewTopic known={list.map(({ topic }) => topic)} />
    </>
  );
}
