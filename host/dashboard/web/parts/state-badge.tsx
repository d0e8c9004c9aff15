import { Group, Text } from '@mantine/core';
import type { AgentState, AgentView } from '../../../../protocol/schemas/agent.ts';
import { styleOf } from '../data/order-fleet.ts';
import { Dot } from './dot.tsx';
import { Countdown } from './now.tsx';

/** A state's dot and label. */
export function StateBadge({ state }: { state: AgentState }) {
  const style = styleOf(state);
  return (
    <Group gap={8} wrap="nowrap" component="span" display="inline-flex">
      <StateDot state={state} />
      <Text span inherit fw={520} style={{ whiteSpace: 'nowrap' }}>
        {style.label}
      </Text>
    </Group>
  );
}

export function StateDot({ state }: { state: AgentState }) {
  const moving = state === 'working' || state === 'starting' || state === 'rebuilding' || state === 'stopping';
  return <Dot color={styleOf(state).color} beating={moving} hollow={state === 'stopped'} />;
}

/** The time left in the state, if known. */
export function StateLeft({ agent }: { agent: Pick<AgentView, 'until'> }) {
  if (agent.until === null) return null;
  return (
    <Text size="sm" c="dimmed">
      <Countdown until={agent.until} /> left
    </Text>
  );
}

/** The reason for the state and the time left, if there are any. */
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
