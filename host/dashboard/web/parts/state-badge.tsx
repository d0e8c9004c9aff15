import { Group, Text } from '@mantine/core';
import type { AgentState, AgentView } from '../../../../protocol/schemas/agent.ts';
import { lookOf } from '../data/order-fleet.ts';
import { Dot } from './dot.tsx';
import { Countdown } from './now.tsx';

/** A state's point and word. */
export function StateBadge({ state }: { state: AgentState }) {
  const look = lookOf(state);
  return (
    <Group gap={8} wrap="nowrap" component="span" display="inline-flex">
      <StateDot state={state} />
      <Text span inherit fw={520} style={{ whiteSpace: 'nowrap' }}>
        {look.label}
      </Text>
    </Group>
  );
}

export function StateDot({ state }: { state: AgentState }) {
  const moving = state === 'working' || state === 'starting' || state === 'rebuilding' || state === 'stopping';
  return <Dot color={lookOf(state).color} beating={moving} hollow={state === 'stopped'} />;
}

/** How much longer it stays in that state, where that is known. */
export function StateLeft({ agent }: { agent: Pick<AgentView, 'until'> }) {
  if (agent.until === null) return null;
  return (
    <Text size="sm" c="dimmed">
      <Countdown until={agent.until} /> left
    </Text>
  );
}

/** Why it is in that state and how much longer; nothing when the state says it all. */
export function StateReason({ agent, lines = 2 }: { agent: Pick<AgentView, 'reason' | 'until'>; lines?: number }) {
  if (agent.reason === null && agent.until === null) return null;
  return (
    <Text size="sm" c="dimmed" lineClamp={lines} title={agent.reason ?? undefined} style={{ overflowWrap: 'anywhere' }}>
      {agent.until !== null && (
        <Text span inherit c="var(--mantine-color-text)">
          <Countdown until={agent.until} /> left
          {agent.reason !== null && ' · '}
        </Text>
      )}
      {agent.reason}
    </Text>
  );
}
