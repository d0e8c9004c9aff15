import { Badge } from '@mantine/core';
import { Link } from 'wouter';
import type { MessageView, QuestionView } from '../../../../protocol/schemas/message.ts';
import { Attachments } from './attachments.tsx';
import { Avatar } from './avatar.tsx';
import { MessageMarks } from './message-marks.tsx';
import { Ago } from './now.tsx';
import { Person } from './person.tsx';
import { PlainText } from './plain-text.tsx';
import { QuestionPart } from './question-part.tsx';
import { Receipts } from './receipts.tsx';
import classes from './message-card.module.css';

/**
 * A message with its receipts. `withThread` adds a link to its thread; `question` is the state of the question that the
 * message asks, if it asks one.
 */
export function MessageCard({
  message,
  question,
  unread = false,
  withThread = false,
}: {
  message: MessageView;
  question?: QuestionView | undefined;
  unread?: boolean;
  withThread?: boolean;
}) {
  return (
    <article
      className={classes.card}
      id={`message-${message.id}`}
      data-unread={unread || undefined}
      data-kind={message.kind}
      aria-label={`Message ${message.id} from ${message.from}`}
    >
      <Avatar name={message.from} />
      <div className={classes.body}>
        <header className={classes.head}>
          <b>
            <Person name={message.from} />
          </b>
          <span className={classes.to}>
            to <Person name={message.to} />
          </span>
          <MessageMarks message={message} />
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
        {message.data.attachments !== undefined && message.data.attachments.length > 0 && (
          <Attachments message={message.id} files={message.data.attachments} />
        )}
        {message.kind === 'question' && <QuestionPart message={message} question={question} />}
        <Receipts receipts={message.receipts} spread={!withThread} />
      </div>
    </article>
  );
}
