import { Table, VisuallyHidden } from '@mantine/core';
import { useLocation } from 'wouter';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import type { Placed } from '../data/order-fleet.ts';
import { AgentMenu } from './agent-actions.tsx';
import { Activity, AgentTitle } from './agent-summary.tsx';
import { MailCounts } from './mail-counts.tsx';
import { StateBadge, StateLeft } from './state-badge.tsx';
import { Cost, Tokens } from './usage.tsx';
import classes from './fleet.module.css';

/** The fleet on a wide screen. A click on a row opens its agent; keyboard users have the link on its name. */
export function FleetTable({ placed }: { placed: Placed[] }) {
  return (
    <div className={`panel ${classes.wide}`}>
      <Table className={classes.table} verticalSpacing={12} horizontalSpacing={16} highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w="21%">Agent</Table.Th>
            <Table.Th w="14%">State</Table.Th>
            <Table.Th>Doing now</Table.Th>
            <Table.Th w={146}>Mail</Table.Th>
            <Table.Th ta="right" w={92}>
              Tokens
            </Table.Th>
            <Table.Th ta="right" w={128}>
              Cost
            </Table.Th>
            <Table.Th w={62}>
              <VisuallyHidden>Actions</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {placed.map(({ agent, depth }) => (
            <FleetRow key={agent.name} agent={agent} depth={depth} />
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function FleetRow({ agent, depth }: { agent: AgentView; depth: number }) {
  const [, go] = useLocation();
  return (
    <Table.Tr
      className={classes.row}
      onClick={(event) => {
        if (!(event.target as HTMLElement).closest('a, button, [role=menu]')) go(`/agents/${agent.name}`);
      }}
    >
      <Table.Td>
        <AgentTitle agent={agent} depth={depth} />
      </Table.Td>
      <Table.Td>
        <StateBadge state={agent.state} />
        <StateLeft agent={agent} />
      </Table.Td>
      <Table.Td>
        <Activity agent={agent} />
      </Table.Td>
      <Table.Td>
        <MailCounts agent={agent} />
      </Table.Td>
      <Table.Td ta="right">
        <Tokens usage={agent.usage} />
      </Table.Td>
      <Table.Td ta="right">
        <Cost usage={agent.usage} />
      </Table.Td>
      <Table.Td>
        <AgentMenu agent={agent} />
      </Table.Td>
    </Table.Tr>
  );
}
