import { Badge } from '@mantine/core';
import type { MessageView, QuestionView } from '../../../../protocol/schemas/message.ts';
import { Attachments } from './attachments.tsx';
import { MessageFrame } from './message-frame.tsx';
import { MessageMarks } from './message-marks.tsx';
import { Person } from './person.tsx';
import { QuestionPart } from './question-part.tsx';
import { Receipts } from './receipts.tsx';

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
    <MessageFrame
      message={message}
      recipient={<Person name={message.to} />}
      marks={
        <>
          <MessageMarks message={message} />
          {unread && (
            <Badge size="xs" c="dark.9">
              New
            </Badge>
          )}
        </>
      }
      withThread={withThread}
      id={`message-${message.id}`}
      data-unread={unread || undefined}
      data-kind={message.kind}
      aria-label={`Message ${message.id} from ${message.from}`}
    >
      {message.data.attachments !== undefined && message.data.attachments.length > 0 && (
        <Attachments message={message.id} files={message.data.attachments} />
      )}
      {message.kind === 'question' && <QuestionPart message={message} question={question} />}
      <Receipts receipts={message.receipts} spread={!withThread} />
    </MessageFrame>
  );
}
