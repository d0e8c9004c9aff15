import type { AgentName } from '../../../../protocol/names.ts';
import type { ReminderRollup } from '../../../../protocol/schemas/reminder.ts';
import { formatExact } from '../data/format.ts';
import { ROLLUP_PERIODS, useRollups } from '../data/reminder-queries.ts';
import { ErrorState, LoadingRows } from './page.tsx';
import classes from './reminders.module.css';

const COLUMNS: readonly { key: keyof ReminderRollup; label: string; title: string }[] = [
  { key: 'asked', label: 'Asked', title: 'Reminders that were set' },
  { key: 'fired', label: 'Fired', title: 'Reminders and runs of schedules that fell due' },
  { key: 'delivered', label: 'Delivered', title: 'Of these, seen by the model' },
  { key: 'handled', label: 'Handled', title: 'Of these, whose turn was done' },
  { key: 'failed', label: 'Failed', title: 'Of these, given up, expired or withdrawn' },
];

/** The outcomes of an agent's reminders and schedules by period. */
export function ReminderRollups({ name }: { name: AgentName }) {
  const rollups = useRollups(name);
  if (rollups.data === undefined && rollups.error !== null)
    return <ErrorState error={rollups.error} onRetry={() => void rollups.refetch()} />;
  if (rollups.data === undefined) return <LoadingRows rows={1} height={140} />;
  return (
    <div className={`panel ${classes.rollups}`}>
      <table aria-label="Outcomes of reminders">
        <thead>
          <tr>
            <th scope="col">In the last</th>
            {COLUMNS.map(({ key, label, title }) => (
              <th key={key} scope="col" title={title}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rollups.data.map((rollup, i) => (
            <tr key={ROLLUP_PERIODS[i]?.label}>
              <th scope="row">{ROLLUP_PERIODS[i]?.label}</th>
              {COLUMNS.map(({ key }) => (
                <td
                  key={key}
                  data-none={rollup[key] === 0 || undefined}
                  data-bad={(key === 'failed' && rollup[key] > 0) || undefined}
                >
                  {formatExact(rollup[key])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
