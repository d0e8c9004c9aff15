import { Badge } from '@mantine/core';
import { Link } from 'wouter';
import type { ThreadView } from '../../../../protocol/schemas/message.ts';
import { formatName, toPlainText } from '../data/plain-text.ts';
import { Avatar } from './avatar.tsx';
import { Ago } from './now.tsx';
import { ThreadStateBadge } from './thread-state.tsx';
import classes from './thread-row.module.css';

/** A thread in a list: participants, subject, age of the last message, counts. */
export function ThreadRow({ thread }: { thread: ThreadView }) {
  const unread = thread.unread > 0;
  return (
    <li>
      <Link href={`/messages/${thread.id}`} className={classes.row ?? ''} data-unread={unread || undefined}>
        <Avatar name={thread.lastFrom} />
        <span className={classes.middle}>
          <span className={classes.people}>
            <span className={classes.names}>{describePeople(thread.participants)}</span>
            {unread && (
              <Badge size="xs" c="dark.9" component="span">
                New
              </Badge>
            )}
            {thread.state !== 'open' && (
              <span className={classes.state}>
                <ThreadStateBadge state={thread.state} />
              </span>
            )}
          </span>
          <span className={classes.subject}>{toPlainText(thread.subject)}</span>
        </span>
        <span className={classes.end}>
          <Ago at={thread.lastAt} />
          <span className={classes.counts}>
            {thread.dead > 0 && <b className={classes.dead}>{thread.dead} dead</b>}
            {thread.open > 0 && <span>{thread.open} open</span>}
            <span>
              {thread.messages} {thread.messages === 1 ? 'message' : 'messages'}
            </span>
          </span>
        </span>
      </Link>
    </li>
  );
}

const NAMED = 4;

function describePeople(names: readonly string[]): string {
  const people = names.map((name) => formatName(name));
  const more = people.length - NAMED;
  return more > 0 ? `${people.slice(0, NAMED).join(', ')} and ${more} more` : people.join(', ');
}
