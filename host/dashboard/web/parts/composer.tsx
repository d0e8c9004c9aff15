import { Button, Group, Kbd, Text, Textarea } from '@mantine/core';
import { useSessionStorage } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconSend2 } from '@tabler/icons-react';
import { type ReactNode, useRef, useState } from 'react';
import type { SendInput } from '../../../../protocol/schemas/message.ts';
import { type Draft, EMPTY_DRAFT, toSendInput, whyNotSend } from '../data/draft.ts';
import { useSend } from '../data/mutations.ts';
import { formatName } from '../data/plain-text.ts';
import { AttachButton, AttachedFiles, useAttach } from './attach-files.tsx';
import { KindAndPriority, QuestionOptions } from './compose-options.tsx';
import { RecipientNotice } from './recipient-notice.tsx';
import classes from './composer.module.css';

interface Props {
  to: SendInput['to'];
  label: string;
  placeholder: string;
  inReplyTo?: number;
  /** An element to the left of the other controls, for example the select of the recipient. */
  extra?: ReactNode;
  onSent?: (thread: number) => void;
}

/** The form to write a message. The text of a draft is kept when the page is left; sending the same draft twice sends one message. */
export function Composer({ to, label, placeholder, inReplyTo, extra, onSent }: Props) {
  const [body, setBody] = useSessionStorage({ key: `draft:${to}:${inReplyTo ?? 'new'}`, defaultValue: '' });
  const [draft, setDraft] = useState<Draft>(EMPTY_DRAFT);
  const keyOf = useSendKey();
  const sent = useRef<Draft>(null);
  const send = useSend(({ thread, note, skipped = [], waiting = [] }, input) => {
    // What was typed or attached while hived answered is the next message.
    setBody((now) => (now === input.body ? '' : now));
    setDraft((now) => (now === sent.current ? EMPTY_DRAFT : now));
    keyOf(null);
    const notSentTo = skipped.length === 0 ? '' : ` Not to ${skipped.map(({ name }) => name).join(', ')}.`;
    const delayed = waiting.map(({ name, state, reason }) => ` ${formatName(name)} is ${state}: ${reason}.`).join('');
    notifications.show({
      message: `Sent to ${formatName(to)}.${notSentTo}${delayed}${note === undefined ? '' : ` ${note}`}`,
    });
    onSent?.(thread);
  });
  const attach = useAttach((file) => setDraft((before) => ({ ...before, files: [...before.files, file] })));
  const reason = whyNotSend(body, draft, to);
  const ready = reason === null && !send.isPending && !attach.isPending;

  function submit(): void {
    if (!ready) return;
    const input = toSendInput(body, draft, { to, inReplyTo });
    sent.current = draft;
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

/** Returns the idempotency key of a message: the same for the same message, a new one when it changed or (null) was sent. */
function useSendKey(): (message: string | null) => string {
  const last = useRef<{ message: string | null; key: string }>({ message: null, key: '' });
  return (message) => {
    if (message === null || last.current.message !== message) last.current = { message, key: makeKey() };
    return last.current.key;
  };
}

/** A random key. Not crypto.randomUUID, which browsers provide only in secure contexts. */
function makeKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
