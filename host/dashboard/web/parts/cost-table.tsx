import { Group, NativeSelect, SegmentedControl, Table, Text } from '@mantine/core';
import { useState } from 'react';
import type { OpInput } from '../../../../protocol/op.ts';
import type { BrowserOperations } from '../../browser-operations.ts';
import { formatExact } from '../data/format.ts';
import { useCosts } from '../data/queries.ts';
import { sayNameless } from '../data/stack-costs.ts';
import classes from './money.module.css';
import { QueryList } from './query-list.tsx';
import { Cost, Tokens } from './usage.tsx';

type Asked = OpInput<BrowserOperations['listCosts']>;
type Query = { [K in keyof Asked]-?: NonNullable<Asked[K]> };

const SPANS: { value: Query['span']; label: string }[] = [
  { value: 'today', label: 'Today' },
  { value: 'week', label: 'This week' },
  { value: 'month', label: 'This month' },
];
const GROUPS: { value: Query['by']; label: string }[] = [
  { value: 'agent', label: 'by agent' },
  { value: 'role', label: 'by role' },
  { value: 'model', label: 'by model' },
  { value: 'provider', label: 'by provider' },
  { value: 'project', label: 'by project' },
  { value: 'day', label: 'by day' },
];

/** What calls to models cost, the most expensive first. */
export function CostTable() {
  const [span, setSpan] = useState<Query['span']>('today');
  const [by, setBy] = useState<Query['by']>('agent');
  const costs = useCosts({ span, by });
  return (
    <>
      <Group gap="sm" mb="sm">
        <SegmentedControl
          size="xs"
          data={SPANS}
          value={span}
          aria-label="Span"
          onChange={(value) => setSpan(value as Query['span'])}
        />
        <NativeSelect
          size="xs"
          data={GROUPS}
          value={by}
          aria-label="Sums"
          onChange={(event) => setBy(event.currentTarget.value as Query['by'])}
        />
      </Group>
      <QueryList of={costs} loading={{ rows: 3 }} empty={null}>
        {({ rows, total, timeZone }) => (
          <div className={`panel ${classes.costs}`}>
            <Table verticalSpacing={9} horizontalSpacing={14}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Of</Table.Th>
                  <Table.Th ta="right">Calls</Table.Th>
                  <Table.Th ta="right">Tokens</Table.Th>
                  <Table.Th ta="right">Cost</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map(({ key, calls, usage }) => (
                  <Table.Tr key={key}>
                    <Table.Td>{key === '' ? sayNameless(by) : key}</Table.Td>
                    <Table.Td ta="right" data-num>
                      {formatExact(calls)}
                    </Table.Td>
                    <Table.Td ta="right">
                      <Tokens usage={usage} />
                    </Table.Td>
                    <Table.Td ta="right">
                      <Cost usage={usage} />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
              <Table.Tfoot>
                <Table.Tr>
                  <Table.Th>{rows.length === 0 ? 'No model was called' : 'Together'}</Table.Th>
                  <Table.Th ta="right" data-num>
                    {formatExact(total.calls)}
                  </Table.Th>
                  <Table.Th ta="right">
                    <Tokens usage={total.usage} />
                  </Table.Th>
                  <Table.Th ta="right">
                    <Cost usage={total.usage} />
                  </Table.Th>
                </Table.Tr>
              </Table.Tfoot>
            </Table>
            <Text size="xs" c="dimmed" p="sm" pl={14}>
              Days are those of {timeZone}. The provider’s invoice is what counts.
            </Text>
          </div>
        )}
      </QueryList>
    </>
  );
}
