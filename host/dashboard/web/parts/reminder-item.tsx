import { Button, Group, Modal, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPaperclip } from '@tabler/icons-react';
import { useState } from 'react';
import type { ReminderView } from '../../../../protocol/schemas/reminder.ts';
import { shorten } from '../../../../system/text/cut-text.ts';
import { formatDateTime } from '../data/format.ts';
import { useCancelReminder, useChangeReminder } from '../data/mutations.ts';
import { formatName, toPlainText } from '../data/plain-text.ts';
import { readWhen, toLocalInput, type WhenDraft } from '../data/reminder-draft.ts';
import { useConfirm } from './confirm.tsx';
import { FormShell } from './form-shell.tsx';
import { Ago, Countdown, useNow } from './now.tsx';
import { PlainText } from './plain-text.tsx';
import { WhenFields } from './when-fields.tsx';
import classes from './reminders.module.css';

/** A pending reminder and the actions on it. */
export function ReminderItem({ reminder, agent }: { reminder: ReminderView; agent: string }) {
  const { id, owner, to, body, dueAt, attachment, createdAt } = reminder;
  const [isChanging, setChanging] = useState(false);
  const ask = useConfirm();
  const cancel = useCancelReminder(() => notifications.show({ message: 'The reminder is gone.' }));
  return (
    <li className={classes.item}>
      <div className={classes.what}>
        <div className={classes.when}>
          {formatDateTime(dueAt)}
          <span>
            in <Countdown until={dueAt} />
          </span>
        </div>
        <PlainText text={body} />
        <div className={classes.facts}>
          <span>{owner === agent ? 'set by itself' : `set by ${formatName(owner)}`}</span>
          {to !== agent && <span>for {formatName(to)}</span>}
          <span>
            <Ago at={createdAt} />
          </span>
          {attachment !== null && (
            <span>
              <IconPaperclip size={13} aria-hidden /> {toPlainText(attachment.name)}
            </span>
          )}
        </div>
      </div>
      <Group gap={8}>
        <Button variant="default" size="xs" onClick={() => setChanging(true)}>
          Change
        </Button>
        <Button
          variant="default"
          size="xs"
          loading={cancel.isPending}
          onClick={() =>
            ask({
              title: 'Cancel this reminder?',
              text: `${formatName(to)} will not be told: “${shorten(toPlainText(body), 160)}”`,
              verb: 'Cancel the reminder',
              keep: 'Keep it',
              onConfirm: () => cancel.mutate({ id }),
            })
          }
        >
          Cancel
        </Button>
      </Group>
      {isChanging && <ChangeReminder reminder={reminder} onClose={() => setChanging(false)} />}
    </li>
  );
}

function ChangeReminder({ reminder, onClose }: { reminder: ReminderView; onClose: () => void }) {
  const [body, setBody] = useState(reminder.body);
  const before = toLocalInput(reminder.dueAt);
  const [when, setWhen] = useState<WhenDraft>({ how: 'at', count: '30', unit: '60', moment: before });
  const now = useNow();
  const change = useChangeReminder();
  const isSameTime = when.how === 'at' && when.moment === before;
  const time = readWhen(when, now);
  const error = !isSameTime && 'error' in time ? time.error : null;
  return (
    <Modal opened onClose={onClose} title="Change the reminder" centered>
      <FormShell
        verb="Change"
        keep="Back"
        isReady={error === null && body.trim() !== '' && !(isSameTime && body === reminder.body)}
        isPending={change.isPending}
        onClose={onClose}
        onSubmit={() => {
          const text = body === reminder.body ? {} : { body };
          const changed = isSameTime || 'error' in time ? {} : time;
          change.mutate({ id: reminder.id, ...text, ...changed }, { onSuccess: onClose });
        }}
      >
        <WhenFields when={when} onChange={setWhen} error={error} />
        <Textarea
          label="Text"
          mt="sm"
          autosize
          minRows={3}
          maxRows={12}
          value={body}
          onChange={(event) => setBody(event.currentTarget.value)}
        />
      </FormShell>
    </Modal>
  );
}
