import { Button, Group, Kbd, Text, Textarea } from '@mantine/core';
import { useSessionStorage } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconSend2 } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import type { SendInput } from '../../../../protocol/schemas/message.ts';
import { PAGE_MAX_BODY_BYTES, useSend } from '../data/mutations.ts';
import classes from './composer.module.css';

interface Props {
  to: SendInput['to'];
  label: string;
  placeholder: string;
  inReplyTo?: number;
  /** Something at the left of the send button: to whom, for instance. */
  extra?: ReactNode;
  onSent?: (thread: number) => void;
}

/** Where the operator writes. A draft outlives leaving the page; sending the same draft twice is one message. */
export function Composer({ to, label, placeholder, inReplyTo, extra, onSent }: Props) {
  const [draft, setDraft] = useSessionStorage({ key: `draft:${to}:${inReplyTo ?? 'new'}`, defaultValue: '' });
  const [key, setKey] = useState(makeKey);
  const send = useSend();
  const bytes = new TextEncoder().encode(draft).length;
  const tooLong = bytes > PAGE_MAX_BODY_BYTES;
  const ready = draft.trim() !== '' && !tooLong && !send.isPending;

  function submit(): void {
    if (!ready) return;
    send.mutate(
      { to, body: draft, key, ...(inReplyTo === undefined ? {} : { in_reply_to: inReplyTo }) },
      {
        onSuccess: ({ thread }) => {
          setDraft('');
          setKey(makeKey());
          notifications.show({ message: to === '*' ? 'Sent to everyone.' : `Sent to ${to}.` });
          onSent?.(thread);
        },
      },
    );
  }

  return (
    <form
      className={classes.composer}
      aria-label={label}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Textarea
        aria-label={label}
        placeholder={placeholder}
        value={draft}
        variant="unstyled"
        autosize
        minRows={1}
        maxRows={10}
        error={tooLong ? 'The message is over 64 KiB: put it into a file and send the path.' : null}
        onChange={(event) => setDraft(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          submit();
        }}
      />
      <Group justify="space-between" gap="sm">
        <Group gap="sm">{extra}</Group>
        <Group gap="sm">
          <Text size="xs" c="dimmed" visibleFrom="sm" aria-hidden>
            <Kbd size="xs">Ctrl</Kbd> <Kbd size="xs">Enter</Kbd>
          </Text>
          <Button
            type="submit"
            size="xs"
            leftSection={<IconSend2 size={15} stroke={1.8} />}
            disabled={!ready}
            loading={send.isPending}
          >
            Send
          </Button>
        </Group>
      </Group>
    </form>
  );
}

/** Random enough to name one draft; crypto.randomUUID is missing where the page is not served securely. */
function makeKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
