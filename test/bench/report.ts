import { readFileSync } from 'node:fs';
import { arch, cpus, loadavg, release, totalmem } from 'node:os';
import { AIMS } from './aims.ts';
import type { Figure } from './figure.ts';

/** What `--json` writes for each figure. */
export interface Row {
  name: string;
  value: number;
  unit: Figure['unit'];
  floor: number | null;
  /** Value over floor; null without a floor. */
  ratio: number | null;
}

export function toRow({ name, value, unit, floor }: Figure): Row {
  const ratio = floor === null || floor === 0 ? null : round(value / floor);
  return { name, value: round(value), unit, floor: floor === null ? null : round(floor), ratio };
}

/** The figures as a Markdown table, in the order of the aims. */
export function formatTable(figures: readonly Figure[]): string {
  const head = ['name', 'what', 'value', 'aim', 'floor', 'ratio', 'met?'];
  const rows = AIMS.flatMap((aim) => {
    const figure = figures.find(({ name }) => name === aim.name);
    if (figure === undefined) return [];
    const { value, floor, ratio, unit } = toRow(figure);
    const met = aim.isMet === null ? '' : aim.isMet(figure) ? 'yes' : 'no';
    return [[aim.name, aim.what, amount(value, unit), aim.aim, amount(floor, unit), ratio?.toString() ?? '', met]];
  });
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]!.length)));
  const line = (cells: string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** What the figures were taken on. */
export function describeMachine(engine: string): string {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const model = cpus()[0]?.model.trim() ?? arch();
  const load = loadavg()[0]?.toFixed(1) ?? '?';
  const date = new Date().toISOString().slice(0, 10);
  return `${cpus().length} cores (${model}), ${memory}, Linux ${release()}, ${storage()}, node ${process.version}, engine ${engine}, load ${load} at the start, ${date}`;
}

/** The file system that /tmp lies on: commits are as fast as it syncs. */
function storage(): string {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, at]) => at === '/' || at === '/tmp');
  const [, , type] = mounts.find(([, at]) => at === '/tmp') ?? mounts[0] ?? [];
  return type ?? 'unknown file system';
}

function amount(value: number | null, unit: Figure['unit']): string {
  if (value === null) return '';
  return unit === '1/s' ? `${value.toLocaleString('en')}/s` : `${value.toLocaleString('en')} ${unit}`;
}

/** Three significant digits, or whole numbers: more would be noise. */
function round(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
