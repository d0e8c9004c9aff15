import { Button, Checkbox, Group, Modal, Text, TextInput } from '@mantine/core';
import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';

/** The texts and the callback of a confirmation dialog, for actions that interrupt work or cannot be undone. */
export interface Confirmation {
  readonly title: string;
  /** The consequences, including what is lost. */
  readonly text: ReactNode;
  /** The label of the confirm button. */
  readonly verb: string;
  /** The label of the cancel button. */
  readonly keep?: string;
  /** A more destructive variant behind a checkbox, which requires `word` to be typed. */
  readonly stronger?: {
    readonly label: string;
    readonly text: ReactNode;
    readonly verb: string;
    readonly word: string;
  };
  readonly onConfirm: (strongly: boolean) => void;
}

const Ask = createContext<(confirmation: Confirmation) => void>(() => undefined);

/** Returns a function that opens the page's only confirmation dialog. Closing it does nothing. */
export const useConfirm = () => useContext(Ask);

export function ConfirmProvider({ children }: { children: ReactNode }) {
  const [confirmation, setConfirmation] = useState<Confirmation | null>(null);
  const ask = useMemo(() => setConfirmation, []);
  return (
    <Ask value={ask}>
      {children}
      {confirmation !== null && <Dialog confirmation={confirmation} onClose={() => setConfirmation(null)} />}
    </Ask>
  );
}

function Dialog({ confirmation, onClose }: { confirmation: Confirmation; onClose: () => void }) {
  const { title, text, keep = 'Cancel', stronger, onConfirm } = confirmation;
  const [strongly, setStrongly] = useState(false);
  const [typed, setTyped] = useState('');
  const isReady = !strongly || typed === stronger?.word;
  return (
    <Modal opened onClose={onClose} title={title} centered>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!isReady) return;
          onConfirm(strongly);
          onClose();
        }}
      >
        <Text component="div">{text}</Text>
        {stronger !== undefined && (
          <Checkbox
            mt="md"
            label={stronger.label}
            checked={strongly}
            onChange={(event) => setStrongly(event.currentTarget.checked)}
          />
        )}
        {stronger !== undefined && strongly && (
          <>
            <Text component="div" mt="sm" c="var(--hive-bad)">
              {stronger.text}
            </Text>
            <TextInput
              mt="sm"
              label={`Type “${stronger.word}” to confirm`}
              value={typed}
              autoComplete="off"
              onChange={(event) => setTyped(event.currentTarget.value)}
            />
          </>
        )}
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={onClose}>
            {keep}
          </Button>
          <Button type="submit" color="red" data-autofocus disabled={!isReady}>
            {strongly && stronger !== undefined ? stronger.verb : confirmation.verb}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
