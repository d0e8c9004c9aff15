import { Button, Group, Modal, Text, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import type { OpOutput } from '../../../../protocol/op.ts';
import type { operatorMail } from '../../../../protocol/operations/operator-mail.ts';
import { PAGE_MAX_BODY_BYTES, useDrop, useRequeue } from '../data/mutations.ts';
import { formatName, toPlainText } from '../data/plain-text.ts';
import { useConfirm } from './confirm.tsx';
import { FormShell } from './form-shell.tsx';
import { MessageFrame } from './message-frame.tsx';
import { MessageMarks } from './message-marks.tsx';
import { Ago } from './now.tsx';
import { Person } from './person.tsx';
import classes from './dead-letter.module.css';

type Letter = OpOutput<typeof operatorMail.listDead>['dead'][number];

/** A dead delivery: the message, the reason and the actions on it. */
export function DeadLetter({ letter }: { letter: Letter }) {
  const { delivery, recipient, message } = letter;
  const [editing, setEditing] = useState(false);
  const ask = useConfirm();
  const requeue = useRequeue(() => notifications.show({ message: `#${message.id} waits for ${recipient} again.` }));
  const drop = useDrop(() => notifications.show({ message: `#${message.id} was dropped.` }));
  const receipt = message.receipts.find((one) => one.delivery === delivery);
  return (
    <MessageFrame
      message={message}
      recipient={
        <>
          <Person name={recipient} />
          {message.to !== recipient && ` (sent to ${formatName(message.to)})`}
        </>
      }
      marks={<MessageMarks message={{ ...message, receipts: receipt === undefined ? [] : [receipt] }} />}
      withThread
      aria-label={`Dead letter ${message.id} to ${recipient}`}
    >
      {receipt !== undefined && (
        <p className={classes.why}>
          <b>
            Given up after {receipt.attempts} {receipt.attempts === 1 ? 'attempt' : 'attempts'}
          </b>
          {receipt.endedAt !== null && (
            <>
              , <Ago at={receipt.endedAt} />
            </>
          )}
          {receipt.note !== null && `: ${toPlainText(receipt.note)}`}
        </p>
      )}
      <Group gap={8} mt="sm">
        <Button
          variant="default"
          size="xs"
          loading={requeue.isPending}
          onClick={() => requeue.mutate({ deliveries: [delivery] })}
        >
          Requeue
        </Button>
        <Button variant="default" size="xs" onClick={() => setEditing(true)}>
          Edit and requeue
        </Button>
        <Button
          variant="default"
          size="xs"
          c="var(--hive-bad)"
          loading={drop.isPending}
          onClick={() =>
            ask({
              title: `Drop #${message.id} to ${recipient}?`,
              text: `It is withdrawn: ${recipient} never sees it. It stays in its thread.`,
              verb: 'Drop',
              onConfirm: () => drop.mutate({ deliveries: [delivery] }),
            })
          }
        >
          Drop
        </Button>
      </Group>
      {editing && <EditLetter letter={letter} onClose={() => setEditing(false)} />}
    </MessageFrame>
  );
}

/** The form to edit a dead message; it is sent as a new message that is marked as edited. */
function EditLetter({ letter, onClose }: { letter: Letter; onClose: () => void }) {
  const { delivery, recipient, message } = letter;
  const [body, setBody] = useState(message.body);
  const requeue = useRequeue(({ message: sent }) =>
    notifications.show({ message: `Sent to ${recipient}${sent === null ? '' : ` as #${sent}`}.` }),
  );
  const tooLong = new TextEncoder().encode(body).length > PAGE_MAX_BODY_BYTES;
  return (
    <Modal opened onClose={onClose} title={`Edit #${message.id} and send it to ${recipient}`} size="lg">
      <FormShell
        verb="Send edited"
        isReady={body.trim() !== '' && !tooLong && body !== message.body}
        isPending={requeue.isPending}
        onClose={onClose}
        onSubmit={() => requeue.mutate({ deliveries: [delivery], body }, { onSuccess: onClose })}
      >
        <Textarea
          label="Text"
          autosize
          minRows={4}
          maxRows={18}
          value={body}
          error={tooLong ? 'The message is over 64 KiB: put it into a file and send the path.' : null}
          onChange={(event) => setBody(event.currentTarget.value)}
        />
        <Text size="sm" c="dimmed" mt="xs">
          {recipient} gets it as a new message, marked as edited by you; the dead one is withdrawn.
        </Text>
      </FormShell>
    </Modal>
  );
}
