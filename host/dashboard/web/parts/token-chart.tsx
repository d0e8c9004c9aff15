import { NativeSelect, SegmentedControl, Table } from '@mantine/core';
import { useState } from 'react';
import { cacheHits } from '../../../../protocol/cache-hits.ts';
import type { AgentName } from '../../../../protocol/names.ts';
import type { OpOutput } from '../../../../protocol/op.ts';
import type { BrowserOperations } from '../../browser-operations.ts';
import { formatCost, formatCount, formatDuration } from '../data/format.ts';
import { useFleet, useTurnSums } from '../data/queries.ts';
import { sayDay, sayFigure, sayTick } from '../data/stack-costs.ts';
import { stackTokens } from '../data/stack-tokens.ts';
import classes from './cost-chart.module.css';
import { QueryList } from './query-list.tsx';
import { StackedDays } from './stacked-days.tsx';

type TurnSums = OpOutput<BrowserOperations['sumTurnStats']>;

const SPANS = [7, 30, 90].map((days) => ({ value: String(days), label: `${days} days` }));
const FORMS = [
  { value: 'chart', label: 'Chart' },
  { value: 'table', label: 'Table' },
];
const ALL = '';

/** Turns of each of the last days: their tokens by kind, times and money; as a chart or as a table. */
export function TokenChart() {
  const [days, setDays] = useState('30');
  const [name, setName] = useState(ALL);
  const [form, setForm] = useState('chart');
  const agents = useFleet().data?.agents ?? [];
  const of = useTurnSums({ by: 'day', days: Number(days), ...(name === ALL ? {} : { name: name as AgentName }) });
  return (
    <div className={`panel ${classes.panel}`}>
      <div className={classes.bar}>
        <SegmentedControl size="xs" data={SPANS} value={days} aria-label="Days of turns" onChange={setDays} />
        <NativeSelect
          size="xs"
          data={[{ value: ALL, label: 'all agents' }, ...agents.map((agent) => ({ value: agent.name, label: agent.name }))]}
          value={name}
          aria-label="Turns of"
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <SegmentedControl size="xs" data={FORMS} value={form} aria-label="Turns shown as" onChange={setForm} />
      </div>
      <QueryList of={of} loading={{ rows: 1, height: 240 }} empty={null}>
        {(sums) =>
          sums.rows.length === 0 ? (
            <div className={classes.empty}>No turn ended in the last {days} days.</div>
          ) : (
            <>
              {form === 'chart' ? <Bars sums={sums} /> : <TurnTable sums={sums} />}
              <p className={classes.note}>{sayTotal(sums)}</p>
            </>
          )
        }
      </QueryList>
    </div>
  );
} // prettier-ignore

function Bars({ sums }: { sums: TurnSums }) {
  return (
    <StackedDays
      days={sums.days}
      series={stackTokens(sums)}
      label={`Tokens of turns on each of ${sums.days.length} days by kind. The table has the same figures.`}
      legend="Kinds of tokens"
      say={(value) => sayFigure('tokens', value)}
      sayTick={(value) => sayTick('tokens', value)}
    />
  );
}

const COLUMNS: readonly (readonly [title: string, value: (sum: TurnSums['total']) => string])[] = [
  ['Turns', ({ turns }) => String(turns)],
  ['Fresh', ({ fresh }) => String(fresh)],
  ['Compacted', ({ compacted }) => String(compacted)],
  ['Input', ({ inputTokens }) => formatCount(inputTokens)],
  ['Cache read', ({ cacheReadTokens }) => formatCount(cacheReadTokens)],
  ['Written, 5 min', ({ cacheWrite5mTokens }) => formatCount(cacheWrite5mTokens)],
  ['Written, 1 h', ({ cacheWrite1hTokens }) => formatCount(cacheWrite1hTokens)],
  ['Hits', sayHits],
  ['Output', ({ outputTokens }) => formatCount(outputTokens)],
  ['Reasoning', ({ reasoningTokens }) => formatCount(reasoningTokens)],
  ['Duration', ({ durationMs }) => formatDuration(durationMs)],
  ['Model', ({ modelMs }) => formatDuration(modelMs)],
  ['Tools', ({ toolsMs }) => formatDuration(toolsMs)],
  ['Waited', ({ waitedMs }) => formatDuration(waitedMs)],
  ['Cost', (sum) => formatCost(sum)],
];

/** The same figures and more, the newest day first. */
function TurnTable({ sums }: { sums: TurnSums }) {
  const row = (key: string, sum: TurnSums['total']) => (
    <Table.Tr key={key}>
      <Table.Td>{key}</Table.Td>
      {COLUMNS.map(([title, value]) => (
        <Table.Td key={title} ta="right" data-num>
          {value(sum)}
        </Table.Td>
      ))}
    </Table.Tr>
  );
  return (
    <div className={classes.scroll}>
      <Table verticalSpacing={7} horizontalSpacing={12} className={classes.table ?? ''} aria-label="Turns by day">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Day</Table.Th>
            {COLUMNS.map(([title]) => (
              <Table.Th key={title} ta="right">
                {title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{sums.rows.toReversed().map((sum) => row(sayDay(sum.key), sum))}</Table.Tbody>
        <Table.Tfoot>{row('Together', sums.total)}</Table.Tfoot>
      </Table>
    </div>
  );
}

function sayHits(sum: TurnSums['total']): string {
  const hits = cacheHits(sum);
  return hits === null ? '–' : `${Math.round(hits * 100)} %`;
}

function sayTotal({ total, timeZone }: TurnSums): string {
  const { turns, fresh, compacted } = total;
  return `${turns} turns, ${fresh} of them with a fresh conversation, ${compacted} after a compaction. ${sayHits(total)} of the prompts came from the cache. Days are those of ${timeZone}.`;
}
