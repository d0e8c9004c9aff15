import { ActionIcon, Menu, Text } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useState } from 'react';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import { ACTIONS, reasonAgainst } from '../data/page-actions.ts';
import { useAgentAction, type PageAction } from '../data/mutations.ts';
import { ConfirmAction, wantsConfirmation } from './confirm-action.tsx';

/** Everything that can be done to an agent, behind one button; what cannot says why. */
export function AgentMenu({ agent }: { agent: AgentView }) {
  const act = useAgentAction(agent.name);
  const [asking, setAsking] = useState<PageAction | null>(null);
  const choose = (action: PageAction) => (wantsConfirmation(action, agent) ? setAsking(action) : act.mutate(action));
  return (
    <>
      <Menu position="bottom-end" width={250}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${agent.name}`} loading={act.isPending}>
            <IconDots size={18} stroke={1.7} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {ACTIONS.map(({ action, label, icon: Icon }) => {
            const reason = reasonAgainst(action, agent.state);
            return (
              <Menu.Item
                key={action}
                leftSection={<Icon size={16} stroke={1.7} />}
                {...(reason === null ? {} : { 'data-disabled': true })}
                aria-disabled={reason !== null}
                closeMenuOnClick={reason === null}
                onClick={() => (reason === null ? choose(action) : undefined)}
              >
                {label}
                {reason !== null && (
                  <Text span display="block" size="xs" c="dimmed">
                    {reason}
                  </Text>
                )}
              </Menu.Item>
            );
          })}
        </Menu.Dropdown>
      </Menu>
      <ConfirmAction
        agent={agent}
        action={asking}
        onClose={() => setAsking(null)}
        onConfirm={(action) => act.mutate(action)}
      />
    </>
  );
}
