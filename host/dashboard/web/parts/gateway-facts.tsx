import type { ReactNode } from 'react';
import type { OpOutput } from '../../../../protocol/op.ts';
import type { operatorSurface } from '../../../../protocol/operations/operator.ts';
import { formatBytes, formatClock, formatCost, formatExact } from '../data/format.ts';
import classes from './gateway.module.css';
import { Elapsed } from './now.tsx';

type Described = OpOutput<(typeof operatorSurface)['describeGateway']>;

/** The gateway at a glance: its process, who is connected, what runs, and what it costs at present. */
export function GatewayFacts({ described: { service, now, lately } }: { described: Described }) {
  const isUp = service.state === 'running';
  const restarts = service.restarts === 0 ? '' : `, ${service.restarts} ${service.restarts === 1 ? 'restart' : 'restarts'}`;
  return (
    <dl className={`panel ${classes.facts}`} aria-label="State">
      <Fact name="State" isBad={!isUp} more={isUp ? `${now === null ? 'says nothing' : formatBytes(now.rssBytes)}${restarts}` : (service.reason ?? `no process${restarts}`)}>
        {isUp ? now === null ? 'Running' : <>Up <Elapsed since={now.startedAt} /></> : service.state === 'starting' ? 'Starting' : 'Not running'}
      </Fact>
      <Fact name="Agents connected" more={now === null ? '' : `of ${formatExact(now.agents)}`}>
        {now === null ? '–' : <span title={now.connected.map(({ agent }) => agent).join(', ')}>{formatExact(now.connected.length)}</span>}
      </Fact>
      <Fact name="Open calls" more={now === null ? '' : `${formatExact(now.openConnections)} ${now.openConnections === 1 ? 'connection' : 'connections'} to hosts`}>
        {now === null ? '–' : formatExact(now.openCalls)}
      </Fact>
      <Fact name="Spend rate" more={`${formatCost(lately.usage)} since ${formatClock(lately.since).slice(0, 5)}`}>
        ${lately.usdPerHour.toFixed(2)} <small>an hour</small>
      </Fact>
    </dl>
  );
} // prettier-ignore

function Fact(props: { name: string; more: string; isBad?: boolean; children: ReactNode }) {
  const { name, more, isBad = false, children } = props;
  return (
    <div data-bad={isBad || undefined}>
      <dt>{name}</dt>
      <dd data-num>{children}</dd>
      <dd className={classes.more}>{more}</dd>
    </div>
  );
}
