import { ActionIcon, Group, Menu, Text } from '@mantine/core';
import { IconDots, IconSettings } from '@tabler/icons-react';
import { useLocation } from 'wouter';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import { useAgentAction } from '../data/mutations.ts';
import {
  ACTIONS,
  type ActionRow,
  type PageAction,
  whyNotAction,
  describeCut,
  needsConfirmation,
} from '../data/page-actions.ts';
import { ActionButton } from './action-button.tsx';
import { useConfirm } from './confirm.tsx';
import { confirmDestroy } from './confirm-destroy.tsx';

/** An agent's actions, each with the reason why it is not allowed (null when it is) and a `run` that asks for confirmation if needed. */
export function useAgentActions(agent: AgentView) {
  const act = useAgentAction(agent.name);
  const [location, go] = useLocation();
  const ask = useConfirm();
  const run = (row: ActionRow) => {
    if (!needsConfirmation(row, agent)) return act.mutate({ row });
    if (row.action === 'destroy')
      return ask(
        confirmDestroy(agent, (purge) => {
          // Leave the page of the destroyed agent.
          if (location.startsWith(`/agents/${agent.name}`)) go('/');
          act.mutate({ row, purge });
        }),
      );
    const [question, verb] = row.verbs;
    ask({
      title: `${question} ${agent.name}?`,
      text: describeCut(row, agent),
      verb,
      keep: 'Keep it running',
      onConfirm: () => act.mutate({ row }),
    });
  };
  return ACTIONS.map((row) => ({
    ...row,
    reason: whyNotAction(row.action, agent),
    isRunning: act.isPending && act.variables.row === row,
    run: () => run(row),
  }));
}

/** An agent's actions as buttons. A disabled one stays focusable and shows the reason. */
export function AgentButtons({ agent }: { agent: AgentView }) {
  const isOffered = (action: PageAction) => {
    if (action === 'interrupt') return agent.state === 'working';
    // One button for both: which one follows from the agent.
    if (action === 'pause' || action === 'resume')
      return whyNotAction(action, agent) === null && !(action === 'pause' && canResume);
    return action !== 'destroy';
  };
  const canResume = whyNotAction('resume', agent) === null;
  return (
    <Group gap={8}>
      {useAgentActions(agent)
        .filter(({ action }) => isOffered(action))
        .map(({ action, label, icon: Icon, reason, isRunning, run }) => (
          <ActionButton
            key={action}
            reason={reason}
            leftSection={<Icon size={15} stroke={1.7} />}
            loading={isRunning}
            onClick={run}
          >
            {label}
          </ActionButton>
        ))}
    </Group>
  );
}

/** An agent's actions as a menu. A disabled one shows the reason. */
export function AgentMenu({ agent }: { agent: AgentView }) {
  const actions = useAgentActions(agent);
  const [, go] = useLocation();
  return (
    <Menu position="bottom-end" width={250}>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={`Actions for ${agent.name}`}
          loading={actions.some(({ isRunning }) => isRunning)}
        >
          <IconDots size={18} stroke={1.7} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {actions.map(({ action, label, icon: Icon, reason, run }) => (
          <Menu.Item
            key={action}
            leftSection={<Icon size={16} stroke={1.7} />}
            {...(reason === null ? {} : { 'data-disabled': true })}
            aria-disabled={reason !== null}
            closeMenuOnClick={reason === null}
            {...(action === 'destroy' && reason === null ? { c: 'var(--hive-bad)' } : {})}
            onClick={() => (reason === null ? run() : undefined)}
          >
            {label}
            {reason !== null && (
              <Text span display="block" size="xs" c="dimmed">
                {reason}
              </Text>
            )}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconSettings size={16} stroke={1.7} />}
          onClick={() => go(`/agents/${agent.name}/spec`)}
        >
          Edit its spec
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
