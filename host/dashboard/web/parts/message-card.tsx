import { Badge } from '@mantine/core';
import { Link } from 'wouter';
import type { MessageView } from '../../../../protocol/schemas/message.ts';
import { sayName } from '../data/plain-text.ts';
import { Avatar } from './avatar.tsx';
import { Ago } from './now.tsx';
import { PlainText } from './plain-text.tsx';
import { Receipts } from './receipts.tsx';
import classes from './message-card.module.css';

/** A message: who, to whom, when, what, and who saw it. `withThread` links to the rest of the conversation. */
export function MessageCard({
  message,
  unread = false,
  withThread = false,
}: {
  message: MessageView;
  unread?: boolean;
  withThread?: boolean;
}) {
  return (
    <article
      className={classes.card}
      data-unread={unread || undefined}
      aria-label={`Message ${message.id} from ${message.from}`}
    >
      <Avatar name={message.from} />
      <div className={classes.body}>
        <header className={classes.head}>
          <b>
            <Name name={message.from} />
          </b>
          <span className={classes.to}>
            to <Name name={message.to} />
          </span>
          {message.kind === 'reminder' && <span className={classes.to}>a reminder</span>}
          {unread && (
            <Badge size="xs" c="dark.9">
              New
            </Badge>
          )}
          <span className={classes.when}>
            {withThread && (
              <Link href={`/messages/${message.thread}`} className="text-link">
                Thread
              </Link>
            )}
            <span>#{message.id}</span>
            <Ago at={message.at} />
          </span>
        </header>
        <PlainText text={message.body} />
        <Receipts receipts={message.receipts} spread={!withThread} />
      </div>
    </article>
  );
}

function Name({ name }: { name: string }) {
  if (sayName(name) !== name) return <>{sayName(name)}</>;
  return (
    <Link href={`/agents/${name}`} className="quiet-link">
      {name}
    </Link>
  );
}
