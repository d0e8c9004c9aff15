import { Alert, Button, Group } from '@mantine/core';
import type { ReactNode } from 'react';

interface Props {
  /** The form's name, where it has no heading of its own. */
  label?: string;
  /** The word on the button that sends it. */
  verb: string;
  isReady: boolean;
  isPending: boolean;
  /** What is against the form as a whole; what is against a field stands beside the field. */
  problem?: string | null;
  onSubmit: () => void;
  /** Without it there is nothing to go back to. */
  onClose?: () => void;
  keep?: string;
  /** Further buttons before the last one. */
  more?: ReactNode;
  children: ReactNode;
}

/** The one shape of a form: fields, what is against them, a way back and the button that sends it. Enter sends it too. */
export function FormShell(props: Props) {
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
