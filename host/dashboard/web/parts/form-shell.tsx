import { Alert, Button, Group } from '@mantine/core';
import type { ReactNode } from 'react';

export interface FormProps {
  /** The form's accessible name, when it has no heading of its own. */
  label?: string;
  /** The label of the submit button. */
  verb: string;
  isReady: boolean;
  isPending: boolean;
  /** The error of the form as a whole; errors of single fields are shown beside them. */
  problem?: string | null;
  onSubmit: () => void;
  /** Cancels the form; without it there is no cancel button. */
  onClose?: () => void;
  keep?: string;
  /** More buttons before the submit button. */
  more?: ReactNode;
  children: ReactNode;
}

/** The common layout of all forms: fields, error, cancel and submit button. Enter submits it too. */
export function FormShell(props: FormProps) {
  const { verb, isReady, isPending, problem = null, onSubmit, onClose, keep = 'Cancel' } = props;
  return (
    <form
      {...(props.label === undefined ? {} : { 'aria-label': props.label })}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady && !isPending) onSubmit();
      }}
    >
      {props.children}
      {problem !== null && (
        <Alert mt="md" color="red" variant="light" role="alert">
          {problem}
        </Alert>
      )}
      <Group justify="flex-end" mt="lg" gap="sm">
        {onClose !== undefined && (
          <Button variant="default" onClick={onClose}>
            {keep}
          </Button>
        )}
        {props.more}
        <Button type="submit" disabled={!isReady} loading={isPending}>
          {verb}
        </Button>
      </Group>
    </form>
  );
}
