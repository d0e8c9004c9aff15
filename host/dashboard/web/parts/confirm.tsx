import { Button, Group, Modal, Text } from '@mantine/core';
import type { ReactNode } from 'react';

/** What is asked before something that cannot be taken back. */
export interface Question {
  title: string;
  text: ReactNode;
  /** The word on the button that does it. */
  verb: string;
  onConfirm: () => void;
}

/** Asks first; closed, nothing was done. */
export function Confirm({ question, onClose }: { question: Question | null; onClose: () => void }) {
  if (question === null) return null;
  return (
    <Modal opened onClose={onClose} title={question.title} centered>
      <Text>{question.text}</Text>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          color="red"
          data-autofocus
          onClick={() => {
            question.onConfirm();
            onClose();
          }}
        >
          {question.verb}
        </Button>
      </Group>
    </Modal>
  );
}
