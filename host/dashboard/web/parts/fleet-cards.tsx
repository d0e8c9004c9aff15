import { Group } from '@mantine/core';
import type { Placed } from '../data/order-fleet.ts';
import { AgentMenu } from './agent-actions.tsx';
import { Activity, AgentTitle } from './agent-summary.tsx';
import { MailCounts } from './mail-counts.tsx';
import { StateBadge, StateLeft } from './state-badge.tsx';
import { Cost, Tokens } from './usage.tsx';
import classes from './fleet.module.css';

/** The fleet on a narrow screen: one card per agent. */
export function FleetCards({ placed }: { placed: Placed[] }) {
  return (
    <ul className={classes.cards} aria-label="Agents">
      {placed.map(({ agent }) => (
        <li key={agent.name} className={`panel ${classes.card}`}>
          <Group justify="space-between" wrap="nowrap" align="flex-start">
            <AgentTitle agent={agent} fz={15} />
            <Group gap={4} wrap="nowrap">
              <StateBadge state={agent.state} />
              <AgentMenu agent={agent} />
            </Group>
          </Group>
          <StateLeft agent={agent} />
          <Activity agent={agent} />
          <Group gap={16} c="dimmed" fz="sm">
            <span>
              <Tokens usage={agent.usage} /> tokens
            </span>
            <Cost usage={agent.usage} />
            <MailCounts agent={agent} quiet />
          </Group>
        </li>
      ))}
    </ul>
  );
}
