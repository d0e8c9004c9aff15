import { Progress, Text, Title } from '@mantine/core';
import { sayBytes, sayQuota } from '../../../../protocol/quota-words.ts';
import type { QuotaStateView } from '../../../../protocol/schemas/egress.ts';
import { useHostRules } from '../data/host-queries.ts';
import classes from './money.module.css';
import { Countdown } from './now.tsx';
import { PanelList } from './panel-list.tsx';
import rows from './providers.module.css';

/** What agents used of their quotas of traffic. Nothing while no quota holds. */
export function TrafficList() {
  const traffic = useHostRules().data?.traffic ?? [];
  if (traffic.length === 0) return null;
  return (
    <>
      <Title order={2} size="h4" mt={28} mb="sm">
        Traffic
      </Title>
      <PanelList label="Traffic">
        {traffic.map((state) => (
          <TrafficItem key={`${state.agent} ${state.per}`} state={state} />
        ))}
      </PanelList>
    </>
  );
}

function TrafficItem({ state }: { state: QuotaStateView }) {
  const { agent, bytes, used, until, setFor } = state;
  const share = Math.min(100, (used / bytes) * 100);
  const says = `${agent}: ${sayQuota(state)}`;
  return (
    <li className={rows.item} aria-label={says}>
      <div className={rows.what}>
        <span>{says}</span>
        <Text size="sm" c="dimmed" component="div">
          {setFor === agent ? '' : `set for ${setFor === '*' ? 'each agent' : setFor} · `}begins again in{' '}
          <Countdown until={until} />
        </Text>
      </div>
      <div className={classes.used}>
        <Progress
          value={share}
          color={share >= 100 ? 'red' : share >= 80 ? 'orange' : 'green'}
          aria-label={`Used by ${says}`}
          size={8}
          flex={1}
        />
        <span data-num>{sayBytes(used)} used</span>
      </div>
      {used >= bytes && (
        <Text size="sm" c="var(--hive-bad)">
          Its connections are refused. More: hivectl egress quota {agent} SIZE --per {state.per}
        </Text>
      )}
    </li>
  );
}
