import { Text } from '@mantine/core';
import { Link } from 'wouter';
import type { GatewayMoment } from '../../../../protocol/schemas/gateway.ts';
import { formatBytes } from '../data/format.ts';
import { useApprovals } from '../data/host-queries.ts';
import classes from './gateway.module.css';
import { Elapsed } from './now.tsx';
import { PanelList } from './panel-list.tsx';

/** The connections that are shown: the oldest. */
const SHOWN = 5;

/** The connections to hosts that are open, and whether agents ask for one; *Hosts* has rules and the log. */
export function OpenConnections({ now }: { now: GatewayMoment | null }) {
  const asked = useApprovals().data?.approvals.length ?? 0;
  const open = now?.connections ?? [];
  return (
    <>
      {open.length === 0 ? (
        <Text c="dimmed">{now === null ? 'The gateway does not say what is open.' : 'No connection is open.'}</Text>
      ) : (
        <PanelList label="Open connections">
          {open.slice(0, SHOWN).map(({ agent, host, port, startedAt, bytesUp, bytesDown }, index) => (
            <li key={`${agent} ${host} ${startedAt} ${index}`} className={classes.line}>
              <span>
                {agent} → {host}
                {port === 443 ? '' : `:${port}`}
              </span>
              <Text span size="sm" c="dimmed" data-num>
                {formatBytes(bytesUp)} up, {formatBytes(bytesDown)} down, for <Elapsed since={startedAt} />
              </Text>
            </li>
          ))}
        </PanelList>
      )}
      <p className={classes.under}>
        {now !== null && now.openConnections > SHOWN && `${now.openConnections - SHOWN} more. `}
        {asked > 0 && `${asked === 1 ? 'An agent asks for a host.' : `Agents ask for ${asked} hosts.`} `}
        <Link href="/hosts" className="text-link">
          Rules and the log: Hosts
        </Link>
      </p>
    </>
  );
}
