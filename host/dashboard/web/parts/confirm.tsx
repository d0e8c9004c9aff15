import { Button, Checkbox, Group, Modal, Text, TextInput } from '@mantine/core';
import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';

/** What is asked before something that cuts work off or cannot be taken back. */
export interface Confirmation {
  readonly title: string;
  /** What happens, and what is lost. */
  readonly text: ReactNode;
  /** The word on the button that does it. */
  readonly verb: string;
  /** The word on the one that does not. */
  readonly keep?: string;
  /** A second, stronger form of it behind a checkbox: this word must be typed then. */
  readonly stronger?: {
    readonly label: string;
    readonly text: ReactNode;
    readonly verb: string;
    readonly word: string;
  };
  readonly onConfirm: (strongly: boolean) => void;
}

const Ask = createContext<(confirmation: Confirmation) => void>(() => undefined);

/** Asks; closed, nothing was done. There is one dialog for the whole page. */
export const useConfirm = () => useContext(Ask);

export function ConfirmProvider({ children }: { children: ReactNode }) {
  const [asked, setAsked] = useState<Confirmation | null>(null);
  const ask = useMemo(() => setAsked, []);
  return (
    <Ask value={ask}>
      {children}
      {asked !== null && <Dialog confirmation={asked} onClose={() => setAsked(null)} />}
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
              label={`Type “${stronger.word}” to say that you mean it`}
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
