import { Button, Group, Kbd, Text, Textarea } from '@mantine/core';
import { useSessionStorage } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconSend2 } from '@tabler/icons-react';
import { type ReactNode, useRef, useState } from 'react';
import type { SendInput } from '../../../../protocol/schemas/message.ts';
import { type Draft, EMPTY_DRAFT, toSendInput, whyNotSend } from '../data/draft.ts';
import { useSend } from '../data/mutations.ts';
import { sayName } from '../data/plain-text.ts';
import { AttachButton, AttachedFiles, useAttach } from './attach-files.tsx';
import { KindAndPriority, QuestionOptions } from './compose-options.tsx';
import { RecipientNotice } from './recipient-notice.tsx';
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

/** Where the operator writes. A draft's text outlives leaving the page; sending the same draft twice is one message. */
export function Composer({ to, label, placeholder, inReplyTo, extra, onSent }: Props) {
  const [body, setBody] = useSessionStorage({ key: `draft:${to}:${inReplyTo ?? 'new'}`, defaultValue: '' });
  const [draft, setDraft] = useState<Draft>(EMPTY_DRAFT);
  const keyOf = useSendKey();
  const send = useSend(({ thread, note, skipped = [], waiting = [] }) => {
    setBody('');
    setDraft(EMPTY_DRAFT);
    keyOf(null);
    const missed = skipped.length === 0 ? '' : ` Not to ${skipped.map(({ name }) => name).join(', ')}.`;
    const later = waiting.map(({ name, state, reason }) => ` ${sayName(name)} is ${state}: ${reason}.`).join('');
    notifications.show({ message: `Sent to ${sayName(to)}.${missed}${later}${note === undefined ? '' : ` ${note}`}` });
    onSent?.(thread);
  });
  const attach = useAttach((file) => setDraft((before) => ({ ...before, files: [...before.files, file] })));
  const reason = whyNotSend(body, draft, to);
  const ready = reason === null && !send.isPending && !attach.isPending;

  function submit(): void {
    if (!ready) return;
    const input = toSendInput(body, draft, { to, inReplyTo });
    send.mutate({ ...input, key: keyOf(JSON.stringify(input)) });
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
      <RecipientNotice to={to} />
      <Textarea
        aria-label={label}
        placeholder={placeholder}
        value={body}
        variant="unstyled"
        autosize
        minRows={1}
        maxRows={10}
        error={reason === '' ? null : reason}
        onChange={(event) => setBody(event.currentTarget.value)}
        onPaste={(event) => {
          const files = [...event.clipboardData.files];
          if (files.length > 0) attach.mutate({ files, present: draft.files });
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          submit();
        }}
      />
      {draft.kind === 'question' && <QuestionOptions draft={draft} onChange={setDraft} />}
      <AttachedFiles
        files={draft.files}
        onRemove={(name) => setDraft({ ...draft, files: draft.files.filter((file) => file.name !== name) })}
      />
      <Group justify="space-between" gap="xs">
        <Group gap={6}>
          {extra}
          <KindAndPriority draft={draft} onChange={setDraft} />
        </Group>
        <Group gap={6} ml="auto">
          <AttachButton present={draft.files} attach={attach} />
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

/** The key of a message: the same while the message is, another one when it was changed, none once it was sent. */
function useSendKey(): (message: string | null) => string {
  const last = useRef<{ message: string | null; key: string }>({ message: null, key: '' });
  return (message) => {
    if (message === null || last.current.message !== message) last.current = { message, key: makeKey() };
    return last.current.key;
  };
}

/** Random enough to name one draft; crypto.randomUUID is missing where the page is not served securely. */
function makeKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
