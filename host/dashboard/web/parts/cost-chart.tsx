import { NativeSelect, SegmentedControl, Table } from '@mantine/core';
import { useState } from 'react';
import type { OpInput } from '../../../../protocol/op.ts';
import type { BrowserOperations } from '../../browser-operations.ts';
import { useDailyCosts } from '../data/queries.ts';
import {
  type CostUnit,
  sayDay,
  sayFigure,
  sayNameless,
  sayTick,
  stackCosts,
  type StackedCosts,
} from '../data/stack-costs.ts';
import classes from './cost-chart.module.css';
import { QueryList } from './query-list.tsx';
import { StackedDays } from './stacked-days.tsx';

type Group = NonNullable<OpInput<BrowserOperations['listDailyCosts']>['by']>;

const SPANS = [7, 30, 90].map((days) => ({ value: String(days), label: `${days} days` }));
const GROUPS: { value: Group; label: string }[] = [
  { value: 'agent', label: 'by agent' },
  { value: 'role', label: 'by role' },
  { value: 'model', label: 'by model' },
  { value: 'provider', label: 'by provider' },
  { value: 'project', label: 'by project' },
];
const UNITS = [
  { value: 'usd', label: 'Dollars' },
  { value: 'tokens', label: 'Tokens' },
];
const FORMS = [
  { value: 'chart', label: 'Chart' },
  { value: 'table', label: 'Table' },
];

/** What was spent on each of the last days, stacked by agent, role, model, provider or projects; as a chart or as a table. */
export function CostChart() {
  const [days, setDays] = useState('30');
  const [by, setBy] = useState<Group>('agent');
  const [unit, setUnit] = useState<CostUnit>('usd');
  const [form, setForm] = useState('chart');
  return (
    <div className={`panel ${classes.panel}`}>
      <div className={classes.bar}>
        <SegmentedControl size="xs" data={SPANS} value={days} aria-label="Days" onChange={setDays} />
        <NativeSelect
          size="xs"
          data={GROUPS}
          value={by}
          aria-label="Stacked"
          onChange={(event) => setBy(event.currentTarget.value as Group)}
        />
        <SegmentedControl
          size="xs"
          data={UNITS}
          value={unit}
          aria-label="Unit"
          onChange={(value) => setUnit(value as CostUnit)}
        />
        <SegmentedControl size="xs" data={FORMS} value={form} aria-label="Shown as" onChange={setForm} />
      </div>
      <QueryList of={useDailyCosts({ days: Number(days), by })} loading={{ rows: 1, height: 240 }} empty={null}>
        {(costs) => {
          const stacked = stackCosts(costs, unit, sayNameless(by));
          if (stacked.series.length === 0)
            return (
              <div className={classes.empty}>
                {stacked.unpriced > 0
                  ? 'No call of these days has a known price. Tokens show what was used.'
                  : `No model was called in the last ${days} days.`}
              </div>
            );
          const shown = { days: costs.days, stacked, unit };
          return (
            <>
              {form === 'chart' ? <Bars {...shown} by={by} /> : <DayTable {...shown} />}
              <p className={classes.note}>
                {sayFigure(unit, stacked.total)} in {days} days. Days are those of {costs.timeZone}.
                {unit === 'usd' && stacked.unpriced > 0 && ` Calls without a known price (${stacked.unpriced}) are not included.`}
              </p>
            </>
          );
        }}
      </QueryList>
    </div>
  );
} // prettier-ignore

interface Shown {
  days: readonly string[];
  stacked: StackedCosts;
  unit: CostUnit;
}

function Bars({ days, stacked, unit, by }: Shown & { by: Group }) {
  const say = (value: number) => sayFigure(unit, value);
  return (
    <StackedDays
      days={days}
      series={stacked.series}
      label={`Spending on each of ${days.length} days by ${by}, ${say(stacked.total)} in all. The table has the same figures.`}
      legend="Legend"
      say={say}
      sayTick={(value) => sayTick(unit, value)}
    />
  );
}

/** The same figures, the newest day first. */
function DayTable({ days, stacked: { series, totals, total }, unit }: Shown) {
  return (
    <div className={classes.scroll}>
      <Table verticalSpacing={7} horizontalSpacing={12} className={classes.table ?? ''} aria-label="Spending by day">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Day</Table.Th>
            <Table.Th ta="right">Together</Table.Th>
            {series.map(({ label }) => (
              <Table.Th key={label} ta="right">
                {label}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {days
            .map((day, index) => (
              <Table.Tr key={day}>
                <Table.Td>{sayDay(day)}</Table.Td>
                <Table.Td ta="right" data-num>
                  {sayFigure(unit, totals[index] ?? 0)}
                </Table.Td>
                {series.map(({ label, values }) => (
                  <Table.Td key={label} ta="right" data-num {...(values[index] === 0 ? { c: 'dimmed' } : {})}>
                    {sayFigure(unit, values[index] ?? 0)}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))
            .toReversed()}
        </Table.Tbody>
        <Table.Tfoot>
          <Table.Tr>
            <Table.Th>Together</Table.Th>
            <Table.Th ta="right" data-num>
              {sayFigure(unit, total)}
            </Table.Th>
            {series.map((one) => (
              <Table.Th key={one.label} ta="right" data-num>
                {sayFigure(unit, one.total)}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Tfoot>
      </Table>
    </div>
  );
}
