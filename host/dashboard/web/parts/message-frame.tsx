import type { ComponentPropsWithoutRef, ReactNode } from 'react';
import { Link } from 'wouter';
import type { MessageView } from '../../../../protocol/schemas/message.ts';
import { Avatar } from './avatar.tsx';
import { Ago } from './now.tsx';
import { Person } from './person.tsx';
import { PlainText } from './plain-text.tsx';
import classes from './message-frame.module.css';

interface Props extends ComponentPropsWithoutRef<'article'> {
  message: Pick<MessageView, 'id' | 'thread' | 'from' | 'body' | 'at'>;
  recipient: ReactNode;
  marks: ReactNode;
  /** Whether the header has a link to the thread. */
  withThread: boolean;
}

/** A message in a panel: avatar, header and text, with the children below. Other props are the article's attributes. */
export function MessageFrame({ message, recipient, marks, withThread, children, ...article }: Props) {
  return (
    <article className={`panel ${classes.card}`} {...article}>
      <Avatar name={message.from} />
      <div className={classes.body}>
        <header className={classes.head}>
          <b>
            <Person name={message.from} />
          </b>
          <span className={classes.to}>to {recipient}</span>
          {marks}
          <MessageNumber id={message.id} thread={withThread ? message.thread : null} at={message.at} />
        </header>
        <PlainText text={message.body} />
        {children}
      </div>
    </article>
  );
}

/** The number and the age of a message, and a link to its thread unless `thread` is null. */
export function MessageNumber({ id, thread, at }: { id: number; thread: number | null; at: number }) {
  return (
    <span className={classes.when}>
      {thread !== null && (
        <Link href={`/messages/${thread}`} className="text-link" aria-label={`Thread of #${id}`}>
          Thread
        </Link>
      )}
      <span>#{id}</span>
      <Ago at={at} />
    </span>
  );
}
