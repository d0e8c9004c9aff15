import { readFileSync } from 'node:fs';
import { arch, cpus, loadavg, release, totalmem } from 'node:os';
import type { Aim } from './aim.ts';
import { AIMS } from './aims.ts';
import type { Figure } from './figure.ts';

/** The JSON of each figure for `--json`. */
export interface Row {
  name: string;
  value: number;
  unit: Figure['unit'];
  floor: number | null;
  /** Value divided by baseline; for a peer, ours divided by the peer's. Null without a comparison. */
  ratio: number | null;
  /** For a peer's figure: Hyperhive's own in the same rounds. */
  ours?: number;
  /** The measurements behind the value of a curve. */
  points?: { messages: number; ms: number }[];
}

export function toRow({ name, value, unit, floor, ours, points }: Figure): Row {
  if (ours !== undefined)
    return { name, value: round(value), unit, floor: null, ratio: round(ours / value), ours: round(ours) };
  if (points !== undefined) {
    const rounded = points.map(({ messages, ms }) => ({ messages, ms: round(ms) }));
    return { name, value: round(value), unit, floor: null, ratio: null, points: rounded };
  }
  const ratio = floor === null || floor === 0 ? null : round(value / floor);
  return { name, value: round(value), unit, floor: floor === null ? null : round(floor), ratio };
}

/** The figures as Markdown tables, in the order of the aims: ours, the curves, and the peers. */
export function formatTables(figures: readonly Figure[]): string {
  const inOrder = AIMS.flatMap((aim) => {
    const figure = figures.find(({ name }) => name === aim.name);
    return figure === undefined ? [] : [{ aim, figure }];
  });
  const peers = inOrder.filter(({ figure }) => figure.ours !== undefined);
  const curves = inOrder.filter(({ figure }) => figure.points !== undefined);
  const own = inOrder.filter((one) => !peers.includes(one) && !curves.includes(one));
  return [formatOwn(own), formatCurves(curves), formatPeers(peers)].filter((table) => table !== '').join('\n\n');
}

interface Measured {
  readonly aim: Aim;
  readonly figure: Figure;
}

function formatOwn(measured: readonly Measured[]): string {
  const rows = measured.map(({ aim, figure }) => {
    const { value, floor, ratio, unit } = toRow(figure);
    return [
      aim.name,
      aim.what,
      amount(value, unit),
      aim.aim,
      amount(floor, unit),
      ratio?.toString() ?? '',
      met({ aim, figure }),
    ];
  });
  return toMarkdown(['name', 'what', 'value', 'aim', 'floor', 'ratio', 'met?'], rows);
}

function formatCurves(measured: readonly Measured[]): string {
  const sizes = measured[0]?.figure.points?.map(({ messages }) => messages.toLocaleString('en')) ?? [];
  const rows = measured.map(({ aim, figure }) => {
    const { value, unit, points = [] } = toRow(figure);
    const times = points.map(({ ms }) => amount(ms, 'ms'));
    return [aim.name, aim.what, ...times, amount(value, unit), aim.aim, met({ aim, figure })];
  });
  return toMarkdown(['curve', 'what, p50, with so many messages stored', ...sizes, 'value', 'aim', 'met?'], rows);
}

function met({ aim, figure }: Measured): string {
  return aim.isMet === null ? '' : aim.isMet(figure) ? 'yes' : 'no';
}

function formatPeers(measured: readonly Measured[]): string {
  const rows = measured.map(({ aim, figure }) => {
    const { value, unit, ratio, ours } = toRow(figure);
    const cells = [aim.name, aim.what, amount(value, unit), amount(ours ?? null, unit), ratio?.toString() ?? ''];
    return [...cells, aim.aim, met({ aim, figure })];
  });
  return toMarkdown(['peer', 'what', 'theirs', 'ours', 'ours/theirs', 'aim', 'met?'], rows);
}

function toMarkdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** The machine that the figures were measured on. */
export function describeMachine(engine: string): string {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const model = cpus()[0]?.model.trim() ?? arch();
  const load = loadavg()[0]?.toFixed(1) ?? '?';
  const date = new Date().toISOString().slice(0, 10);
  return `${cpus().length} cores (${model}), ${memory}, Linux ${release()}, ${storage()}, node ${process.version}, engine ${engine}, load ${load} at the start, ${date}`;
}

/** The file system of /tmp: commits are as fast as it syncs. */
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
  const number = value.toLocaleString('en', { maximumSignificantDigits: 21 });
  return unit === '1/s' ? `${number}/s` : `${number} ${unit}`;
}

/** Three significant digits, or whole numbers: more would be noise. */
function round(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
