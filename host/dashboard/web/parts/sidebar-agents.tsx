import { Badge, Text, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';
import { styleOf, orderByState } from '../data/order-fleet.ts';
import { useFleet } from '../data/queries.ts';
import { Entry, isAt } from './sidebar-entry.tsx';
import { StateDot } from './state-badge.tsx';
import classes from './sidebar.module.css';

const addressOf = ({ name }: AgentView) => `/agents/${name}`;

/**
 * All agents: failed ones first, then working ones, then the others; stopped ones at the end, collapsed to their count.
 * The order does not change while the pointer or the keyboard focus is in the list.
 */
export function SidebarAgents() {
  const agents = useFleet().data?.agents ?? [];
  const [held, setHeld] = useState<readonly string[] | null>(null);
  const ordered = orderByState(agents, held);
  const stopped = ordered.filter(({ state }) => state === 'stopped');
  const others = ordered.filter(({ state }) => state !== 'stopped');
  const hold = () => setHeld((before) => before ?? ordered.map(({ name }) => name));
  const release = () => setHeld(null);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the handlers only notice that the list is in use
    <nav aria-label="Agents" onPointerEnter={hold} onPointerLeave={release} onFocus={hold} onBlur={release}>
      <Text className={classes.label} aria-hidden>
        Agents
      </Text>
      {others.map((agent) => (
        <AgentEntry key={agent.name} agent={agent} />
      ))}
      {stopped.length > 0 && <Stopped agents={stopped} isOpenAtFirst={others.length === 0} />}
    </nav>
  );
}

/** The stopped agents; collapsed, only the one whose page is shown. */
function Stopped({ agents, isOpenAtFirst }: { agents: readonly AgentView[]; isOpenAtFirst: boolean }) {
  const [location] = useLocation();
  const [chosen, setChosen] = useState<boolean | null>(null);
  const isOpen = chosen ?? isOpenAtFirst;
  const dead = agents.reduce((sum, agent) => sum + agent.dead, 0);
  return (
    <>
      <UnstyledButton className={classes.fold ?? ''} aria-expanded={isOpen} onClick={() => setChosen(!isOpen)}>
        <IconChevronRight size={14} stroke={1.8} aria-hidden />
        <span className={classes.name}>{agents.length} stopped</span>
        {!isOpen && <DeadBadge count={dead} />}
      </UnstyledButton>
      {agents
        .filter((agent) => isOpen || isAt(location, addressOf(agent)))
        .map((agent) => (
          <AgentEntry key={agent.name} agent={agent} />
        ))}
    </>
  );
}

function AgentEntry({ agent }: { agent: AgentView }) {
  const { label } = styleOf(agent.state);
  return (
    <Entry href={addressOf(agent)} dense>
      <StateDot state={agent.state} />
      <span className={classes.name} title={`${agent.name}: ${label}`}>
        {agent.name}
      </span>
      <VisuallyHidden>{label}</VisuallyHidden>
      <DeadBadge count={agent.dead} />
    </Entry>
  );
}

function DeadBadge({ count }: { count: number }) {
  if (count === 0) return null;
  return (
    <Badge size="xs" color="red" variant="light" title="Mail that was given up">
      {count} dead
    </Badge>
  );
}
