import { Button, Group, NativeSelect, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { sayHost, sayResult } from '../../../../protocol/egress-words.ts';
import type { EgressCaller } from '../../../../protocol/egress.ts';
import { HIVE } from '../../../../protocol/hive-caller.ts';
import type { ConnectionView } from '../../../../protocol/schemas/egress.ts';
import { formatBytes } from '../data/format.ts';
import { useConnections } from '../data/host-queries.ts';
import { useFleet } from '../data/queries.ts';
import classes from './connection-table.module.css';
import { Ago } from './now.tsx';
import { QueryList } from './query-list.tsx';
import type { RuleGiven } from './rule-form.tsx';

/** Refusals that a rule of the operator's changes. */
const CAN_BE_ALLOWED: readonly (string | null)[] = ['not_allowed', 'denied', 'method'];

/** What agents reached and what they were refused, the newest first. */
export function ConnectionTable({ onAllow }: { onAllow: (given: RuleGiven) => void }) {
  const [agent, setAgent] = useState<EgressCaller | null>(null);
  const agents = useFleet().data?.agents ?? [];
  const connections = useConnections(agent);
  return (
    <>
      <NativeSelect
        size="xs"
        mb="sm"
        w={220}
        aria-label="Whose connections"
        value={agent ?? ''}
        data={[
          { value: '', label: 'Everybody' },
          { value: HIVE, label: 'The hive itself' },
          ...agents.map(({ name }) => name as string),
        ]}
        onChange={(event) =>
          setAgent(event.currentTarget.value === '' ? null : (event.currentTarget.value as EgressCaller))
        }
      />
      <QueryList of={connections} loading={{ rows: 3 }} empty={null}>
        {(rows) =>
          rows.length === 0 ? (
            <Text c="dimmed">
              {agent ?? 'Nobody'} has {agent === null ? '' : 'not '}asked for a host outside.
            </Text>
          ) : (
            <div className={`panel ${classes.panel}`}>
              <Table
                verticalSpacing={9}
                horizontalSpacing={14}
                className={classes.table ?? ''}
                aria-label="Connections"
              >
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>When</Table.Th>
                    <Table.Th>Agent</Table.Th>
                    <Table.Th>Host</Table.Th>
                    <Table.Th>Result</Table.Th>
                    <Table.Th ta="right">Up</Table.Th>
                    <Table.Th ta="right">Down</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {rows.map((row) => (
                    <Row key={row.id} row={row} onAllow={onAllow} />
                  ))}
                </Table.Tbody>
              </Table>
            </div>
          )
        }
      </QueryList>
    </>
  );
}

function Row({ row, onAllow }: { row: ConnectionView; onAllow: (given: RuleGiven) => void }) {
  const { agent, startedAt, kind, host, port, verdict, why } = row;
  const isUsualPort = port === (kind === 'tunnel' ? 443 : 80);
  return (
    <Table.Tr>
      <Table.Td>
        <Ago at={startedAt} />
      </Table.Td>
      <Table.Td>{agent}</Table.Td>
      <Table.Td className={classes.host ?? ''}>{sayHost(row)}</Table.Td>
      <Table.Td {...(verdict === 'allowed' ? {} : { c: 'var(--hive-bad)' })}>
        <Group gap={8}>
          {sayResult(row)}
          {verdict === 'refused' && CAN_BE_ALLOWED.includes(why) && (
            <Button
              variant="default"
              size="compact-xs"
              aria-label={`Allow ${sayHost(row)} for ${agent}`}
              onClick={() => onAllow({ subject: agent, target: isUsualPort ? host : sayHost(row) })}
            >
              Allow
            </Button>
          )}
        </Group>
      </Table.Td>
      <Table.Td ta="right" data-num>
        {formatBytes(row.bytesUp)}
      </Table.Td>
      <Table.Td ta="right" data-num>
        {formatBytes(row.bytesDown)}
      </Table.Td>
    </Table.Tr>
  );
}
