import { Group, Text } from '@mantine/core';
import type { AgentView } from '../../../../protocol/schemas/agent.ts';

/** The numbers of queued, leased and dead deliveries. `quiet` renders nothing when all are zero. */
export function MailCounts({
  agent,
  quiet = false,
}: {
  agent: Pick<AgentView, 'queued' | 'leased' | 'dead'>;
  quiet?: boolean;
}) {
  const { queued, leased, dead } = agent;
  if (queued + leased + dead === 0)
    return quiet ? null : (
      <Text span size="sm" c="dimmed">
        –
      </Text>
    );
  return (
    <Group gap={10} wrap="nowrap" fz="sm" style={{ whiteSpace: 'nowrap' }}>
      {queued > 0 && <span title="Waiting for a turn">{queued} waiting</span>}
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
