import { Badge, Table, Text } from '@mantine/core';
import { Link, useLocation } from 'wouter';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import type { Placed } from '../data/order-fleet.ts';
import { summarizeActivity, toPlainText } from '../data/plain-text.ts';
import { AgentMenu } from './agent-actions.tsx';
import { MailCounts } from './mail-counts.tsx';
import { StateBadge, StateLeft } from './state-badge.tsx';
import { Cost, Tokens } from './usage.tsx';
import classes from './fleet.module.css';

/** The fleet on a wide screen. A click on a row opens its agent; keyboard users have the link on its name. */
export function FleetTable({ placed }: { placed: Placed[] }) {
  return (
    <div className={classes.wide}>
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
              <span className={classes.hidden}>Actions</span>
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
        <div className={classes.who} style={{ paddingLeft: depth * 18 }}>
          <div className={classes.title}>
            <Link href={`/agents/${agent.name}`} className="quiet-link">
              <Text span inherit fw={600}>
                {agent.name}
              </Text>
            </Link>
            {agent.outdated && <OutdatedBadge />}
          </div>
          <Role agent={agent} />
        </div>
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

/** The agent's note on its work and its current activity, or the reason why it has none. */
export function Activity({ agent }: { agent: AgentView }) {
  return (
    <>
      {agent.note !== undefined && (
        <Text size="sm" lineClamp={1} title={toPlainText(agent.note)}>
          {toPlainText(agent.note)}
        </Text>
      )}
      <Doing agent={agent} />
    </>
  );
}

function Doing({ agent }: { agent: AgentView }) {
  if (agent.activity !== null)
    return (
      <Text size="sm" lineClamp={2} className={classes.activity}>
        {summarizeActivity(agent.activity)}
      </Text>
    );
  const words = agent.reason ?? (agent.state === 'idle' ? 'Waits for mail' : null);
  if (words === null) return null;
  return (
    <Text size="sm" c="dimmed" lineClamp={2} title={words}>
      {toPlainText(words)}
    </Text>
  );
}

/** The agent's role, unless it is the same as its name. */
export function Role({ agent }: { agent: AgentView }) {
  if (agent.spec.role === agent.name) return null;
  return (
    <Text size="sm" c="dimmed" lineClamp={1}>
      {agent.spec.role}
    </Text>
  );
}

export function OutdatedBadge() {
  return (
    <Badge
      size="xs"
      variant="light"
      color="violet"

      title="Its box was built from another spec or toolchain than is declared now. Rebuild it."
    >
      outdated
    </Badge>
  );
}
