import { Button, type ButtonProps, Tooltip } from '@mantine/core';

interface Props extends ButtonProps {
  /** Why the action is not allowed; null when it is. */
  reason: string | null;
  onClick: () => void;
}

/** A small button for an action. When the action is not allowed it stays focusable, and its tooltip shows the reason. */
export function ActionButton({ reason, onClick, ...button }: Props) {
  return (
    <Tooltip label={reason} disabled={reason === null} events={{ hover: true, focus: true, touch: true }}>
      <Button
        variant="default"
        size="xs"
        {...button}
        {...(reason === null ? {} : { 'data-disabled': true })}
        aria-disabled={reason !== null}
        onClick={() => (reason === null ? onClick() : undefined)}
      />
    </Tooltip>
  );
}
