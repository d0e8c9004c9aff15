import { useComputedColorScheme } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { type CostSeries, sayDay } from '../data/stack-costs.ts';
import { colorOf } from './chart-colors.ts';
import classes from './cost-chart.module.css';

/** The library of charts is loaded with the first chart, not with the page. */
const CostBars = lazy(async () => ({ default: (await import('./cost-bars.tsx')).CostBars }));

/** A chart of days with a stacked bar for each, and its legend with the sums. */
export function StackedDays({
  days,
  series,
  label,
  legend,
  say,
  sayTick,
}: {
  days: readonly string[];
  series: readonly CostSeries[];
  /** What the chart shows, for people who do not see it. */
  label: string;
  /** What the legend lists. */
  legend: string;
  say: (value: number) => string;
  sayTick: (value: number) => string;
}) {
  const scheme = useComputedColorScheme('light');
  const colored = series.map((one, index) => ({ ...one, color: colorOf(one, { index, scheme }) }));
  return (
    <>
      <figure className={classes.canvas} aria-label={label}>
        <Suspense>
          <CostBars days={days.map(sayDay)} series={colored} isDark={scheme === 'dark'} say={say} sayTick={sayTick} />
        </Suspense>
      </figure>
      <ul className={classes.legend} aria-label={legend}>
        {colored.map(({ label: name, total, color }) => (
          <li key={name}>
            <span className={classes.swatch} style={{ background: color }} aria-hidden />
            {name} <span className={classes.figure}>{say(total)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
