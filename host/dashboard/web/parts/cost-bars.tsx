import { BarController, BarElement, CategoryScale, Chart, type ChartOptions, LinearScale, Tooltip } from 'chart.js';
import { useEffect, useRef } from 'react';
import type { CostSeries } from '../data/stack-costs.ts';

interface Props {
  /** The name of each day, the oldest first. */
  days: readonly string[];
  series: readonly (CostSeries & { readonly color: string })[];
  isDark: boolean;
  say: (value: number) => string;
  sayTick: (value: number) => string;
}

/** Stacked bars, one for each day. The only file that knows the library of charts. */
export function CostBars(props: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const chart = useRef<Chart<'bar'> | null>(null);
  useEffect(() => {
    if (canvas.current === null) return;
    Chart.register(BarController, BarElement, CategoryScale, LinearScale, Tooltip);
    const made = new Chart(canvas.current, { type: 'bar', data: { datasets: [] }, options: {} });
    chart.current = made;
    return () => {
      chart.current = null;
      made.destroy();
    };
  }, []);
  useEffect(() => {
    if (chart.current === null) return;
    chart.current.data = dataOf(props);
    chart.current.options = optionsOf(props);
    chart.current.update('none');
  });
  return <canvas ref={canvas} aria-hidden />;
}

function dataOf({ days, series }: Props) {
  return {
    labels: [...days],
    datasets: series.map(({ label, values, color }) => ({
      label,
      data: [...values],
      backgroundColor: color,
      hoverBackgroundColor: color,
      maxBarThickness: 34,
      categoryPercentage: 0.85,
      barPercentage: 0.9,
    })),
  };
}

function optionsOf({ isDark, say, sayTick }: Props): ChartOptions<'bar'> {
  const text = isDark ? '#9fa0a8' : '#62636b';
  const line = isDark ? '#2a2b30' : '#e5e3dd';
  const font = { family: "'Inter Variable', system-ui, sans-serif", size: 12 };
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    interaction: { mode: 'index', intersect: false },
    scales: {
      x: {
        stacked: true,
        grid: { display: false },
        border: { color: line },
        ticks: { color: text, font, maxRotation: 0, autoSkipPadding: 14 },
      },
      y: {
        stacked: true,
        beginAtZero: true,
        grid: { color: line },
        border: { display: false },
        ticks: { color: text, font, maxTicksLimit: 6, callback: (value) => sayTick(Number(value)) },
      },
    },
    plugins: {
      tooltip: {
        backgroundColor: isDark ? '#303137' : '#1d1e22',
        titleFont: { ...font, weight: 600 },
        bodyFont: font,
        footerFont: { ...font, weight: 600 },
        padding: 10,
        boxPadding: 5,
        filter: ({ raw }) => raw !== 0,
        itemSort: (a, b) => Number(b.raw) - Number(a.raw),
        callbacks: {
          label: ({ dataset, raw }) => ` ${dataset.label ?? ''}  ${say(Number(raw))}`,
          footer: (items) => (items.length < 2 ? '' : `Together  ${say(items.reduce((all, { raw }) => all + Number(raw), 0))}`),
        },
      },
    },
  };
} // prettier-ignore
