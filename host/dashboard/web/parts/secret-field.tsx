import { PasswordInput, Text } from '@mantine/core';
import { useCallback, useRef, useState } from 'react';

/**
 * A field for a secret. Its text stays in the browser's own field and is never state of the page; `take` returns it and
 * empties the field, so that nothing keeps what was sent.
 */
export function useSecretField() {
  const field = useRef<HTMLInputElement>(null);
  const [isFilled, setFilled] = useState(false);
  function take(): string {
    const text = field.current?.value ?? '';
    if (field.current !== null) field.current.value = '';
    setFilled(false);
    return text;
  }
  const attach = useCallback((element: HTMLInputElement | null) => {
    field.current = element;
  }, []);
  const input: Input = { attach, onInput: (text) => setFilled(text.trim() !== '') };
  return { input, isFilled, take };
}

/** What connects the field to `useSecretField`. */
interface Input {
  readonly attach: (element: HTMLInputElement | null) => void;
  readonly onInput: (text: string) => void;
}

/** A provider's key, or a subscription's token. `command` sets it on the host, for a page that may not take it. */
export function SecretField(props: {
  input: Input;
  label: string;
  error: string | undefined;
  command: string;
  isFirst?: boolean;
}) {
  const { input, label, error, command, isFirst = false } = props;
  const { attach, onInput } = input;
  const isPrivate = window.isSecureContext;
  return (
    <>
      <PasswordInput
        ref={attach}
        label={label}
        description="Kept on the host, readable by root alone. The page never shows it again, and forgets it when it is sent."
        error={error}
        disabled={!isPrivate}
        autoComplete="off"
        {...(isFirst ? { 'data-autofocus': true } : {})}
        data-1p-ignore
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      {!isPrivate && (
        <Text size="sm" mt="sm" c="var(--hive-bad)">
          This page came over plain HTTP from another machine: a key would cross the network in the clear. Open it by
          HTTPS or through an SSH tunnel, or use {command} on the host.
        </Text>
      )}
    </>
  );
}
