import { Group, Text } from '@mantine/core';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';

/** The numbers of queued, leased and dead deliveries. `quiet` renders nothing when all are zero. */
export function MailCounts({
  agent,
  quiet = false,
}: {
  agent: Pick<AgentView, 'queued' | 'riding' | 'leased' | 'dead'>;
  quiet?: boolean;
}) {
  const { queued, riding = 0, leased, dead } = agent;
  if (queued + leased + dead === 0)
    return quiet ? null : (
      <Text span size="sm" c="dimmed">
        –
      </Text>
    );
  return (
    <Group gap={10} wrap="nowrap" fz="sm" style={{ whiteSpace: 'nowrap' }}>
      {queued > riding && <span title="Waiting for a turn">{queued - riding} waiting</span>}
      {riding > 0 && (
        <Text span inherit c="dimmed" title="Notices that start no turn: they go along with its next mail">
          {riding} {riding === 1 ? 'rides' : 'ride'} along
        </Text>
      )}
      {leased > 0 && (
        <Text span inherit c="dimmed" title="In the running turn">
          {leased} in turn
        </Text>
      )}
      {dead > 0 && (
        <Text span inherit fw={600} c="var(--hive-bad)" title="Given up after too many attempts">
          {dead} dead
        </Text>
      )}
    </Group>
  );
}
