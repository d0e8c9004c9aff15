import { Group, Text, Tooltip } from '@mantine/core';
import { useStatus } from '../data/queries.ts';
import type { StateStyle } from '../data/order-fleet.ts';
import { Dot } from './dot.tsx';

interface Part {
  name: string;
  color: StateStyle['color'];
  text: string;
}

const SERVICE_COLOR = { running: 'green', starting: 'violet', backing_off: 'red', stopped: 'gray' } as const;

/** The states of the container engine and of hived's services; the tooltip has the reason. */
export function Health() {
  const { data } = useStatus();
  if (data === undefined) return null;
  const { engine, services } = data;
  const parts: Part[] = [
    {
      name: 'engine',
      color: engine.ok ? 'green' : 'red',
      text: engine.ok ? `Answers, version ${engine.version ?? 'unknown'}` : (engine.reason ?? 'Does not answer'),
    },
    ...services.map((one) => ({
      name: one.name,
      color: SERVICE_COLOR[one.state],
      text: `${one.state.replace('_', ' ')}${one.restarts > 0 ? `, ${one.restarts} restarts` : ''}${one.reason === null ? '' : `: ${one.reason}`}`,
    })),
  ];
  return (
    <Group component="ul" gap={18} m={0} p={0} aria-label="Health" style={{ listStyle: 'none' }}>
      {parts.map(({ name, color, text }) => (
        <Tooltip key={name} label={text} multiline maw={320} events={{ hover: true, focus: true, touch: true }}>
          <Group component="li" gap={7} wrap="nowrap" tabIndex={0} aria-label={`${name}: ${text}`}>
            <Dot color={color} />
            <Text size="sm" c={color === 'red' ? 'var(--hive-bad)' : 'dimmed'}>
              {name}
            </Text>
          </Group>
        </Tooltip>
      ))}
    </Group>
  );
}
