import { Button, Group, Modal, Text } from '@mantine/core';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import type { PageAction } from '../data/mutations.ts';

/** What ends a running turn is asked about first. */
export function wantsConfirmation(action: PageAction, agent: AgentView): boolean {
  return agent.state === 'working' && action !== 'start';
}

const CONSEQUENCE: Record<Exclude<PageAction, 'start'>, string> = {
  stop: 'The box ends; files and mail stay.',
  restart: 'The box starts again as it is.',
  rebuild: 'The box is replaced by the next generation; files, mailbox and session stay.',
  interrupt: 'The box goes on running.',
};

const LABEL: Record<Exclude<PageAction, 'start'>, string> = {
  stop: 'Stop',
  restart: 'Restart',
  rebuild: 'Rebuild',
  interrupt: 'Interrupt the turn of',
};

interface Props {
  agent: AgentView;
  action: PageAction | null;
  onClose: () => void;
  onConfirm: (action: PageAction) => void;
}

/** Asks before a running turn is cut off: its messages are put back and come again in a later turn. */
export function ConfirmAction({ agent, action, onClose, onConfirm }: Props) {
  if (action === null || action === 'start') return null;
  return (
    <Modal opened onClose={onClose} title={`${LABEL[action]} ${agent.name}?`} centered>
      <Text>
        {agent.name} is in {agent.turn === null ? 'a turn' : `turn ${agent.turn}`}. That turn ends now and its messages
        are put back for a later one. {CONSEQUENCE[action]}
      </Text>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose}>
          Keep it running
        </Button>
        <Button
          color="red"
          data-autofocus
          onClick={() => {
            onConfirm(action);
            onClose();
          }}
        >
          {action === 'interrupt' ? 'Interrupt' : LABEL[action]}
        </Button>
      </Group>
    </Modal>
  );
}
