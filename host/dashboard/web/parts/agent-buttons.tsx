import { Button, Group, Tooltip } from '@mantine/core';
import { useState } from 'react';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import { ACTIONS, reasonAgainst } from '../data/page-actions.ts';
import { useAgentAction, type PageAction } from '../data/mutations.ts';
import { ConfirmAction, wantsConfirmation } from './confirm-action.tsx';

/** An agent's actions as buttons. One that cannot be taken stays in reach of the keyboard and says why. */
export function AgentButtons({ agent }: { agent: AgentView }) {
  const act = useAgentAction(agent.name);
  const [asking, setAsking] = useState<PageAction | null>(null);
  const offered = ACTIONS.filter(({ action }) => action !== 'interrupt' || agent.state === 'working');
  return (
    <Group gap={8}>
      {offered.map(({ action, label, icon: Icon }) => {
        const reason = reasonAgainst(action, agent.state);
        const isRunning = act.isPending && act.variables === action;
        return (
          <Tooltip
            key={action}
            label={reason}
            disabled={reason === null}
            events={{ hover: true, focus: true, touch: true }}
          >
            <Button
              variant="default"
              size="xs"
              leftSection={<Icon size={15} stroke={1.7} />}
              {...(reason === null ? {} : { 'data-disabled': true })}
              aria-disabled={reason !== null}
              loading={isRunning}
              onClick={() => {
                if (reason !== null) return;
                if (wantsConfirmation(action, agent)) setAsking(action);
                else act.mutate(action);
              }}
            >
              {label}
            </Button>
          </Tooltip>
        );
      })}
      <ConfirmAction
        agent={agent}
        action={asking}
        onClose={() => setAsking(null)}
        onConfirm={(action) => act.mutate(action)}
      />
    </Group>
  );
}
