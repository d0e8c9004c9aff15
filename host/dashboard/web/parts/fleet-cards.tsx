import { Group, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { Placed } from '../data/order-fleet.ts';
import { AgentMenu } from './agent-actions.tsx';
import { Activity, OutdatedBadge, Role } from './fleet-table.tsx';
import { MailCounts } from './mail-counts.tsx';
import { StateBadge, StateLeft } from './state-badge.tsx';
import { Cost, Tokens } from './usage.tsx';
import classes from './fleet.module.css';

/** The fleet on a narrow screen: one card per agent. */
export function FleetCards({ placed }: { placed: Placed[] }) {
  return (
    <ul className={classes.cards} aria-label="Agents">
      {placed.map(({ agent }) => (
        <li key={agent.name} className={classes.card}>
          <Group justify="space-between" wrap="nowrap" align="flex-start">
            <div className={classes.who}>
              <div className={classes.title}>
                <Link href={`/agents/${agent.name}`} className="quiet-link">
                  <Text span inherit fw={600} fz={15}>
                    {agent.name}
                  </Text>
                </Link>
                {agent.outdated && <OutdatedBadge />}
              </div>
              <Role agent={agent} />
            </div>
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
