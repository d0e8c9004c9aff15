import type { AgentView, UsageTotals } from '../../../../protocol/schemas/agent.ts';

const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const EXACT = new Intl.NumberFormat('en');
const DAY_TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** 1234567 as 1.2M. */
export function formatCount(count: number): string {
  return count < 10_000 ? EXACT.format(count) : COMPACT.format(count);
}

export function formatExact(count: number): string {
  return EXACT.format(count);
}

/** Dollars with two decimals; "< $0.01" for less than a cent. */
function formatDollars(costUsd: number): string {
  if (costUsd === 0) return '$0.00';
  return costUsd < 0.01 ? '< $0.01' : `$${costUsd.toFixed(2)}`;
}

/** The cost of calls: the sum of the known prices and the number of calls without a price (old events lack that number). */
export function formatCost(cost: { costUsd: number | null; unpricedCalls?: number }): string {
  const { costUsd, unpricedCalls = costUsd === null ? 1 : 0 } = cost;
  if (unpricedCalls === 0) return formatDollars(costUsd ?? 0);
  if (costUsd === null || costUsd === 0) return 'price unknown';
  return `${costUsd < 0.01 ? '> $0.00' : `≥ ${formatDollars(costUsd)}`}, ${unpricedCalls} unpriced`;
}

/** Input and output tokens including caches, as token limits count them. */
export function totalTokens(usage: UsageTotals): number {
  return usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
}

/** Milliseconds as 0.4 s, 42 s, 3 m 20 s, 2 h 5 m, 3 d 4 h. */
export function formatDuration(ms: number): string {
  if (ms < 10_000) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} m` : `${minutes} m ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} m`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** The age of a time in one unit: now, 12 s ago, 3 min ago, 5 h ago, 2 d ago. */
export function formatAgo(at: number, now: number): string {
  const seconds = Math.floor((now - at) / 1000);
  if (seconds < 5) return 'now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

export function formatDateTime(at: number): string {
  return DAY_TIME.format(at);
}

export function formatClock(at: number): string {
  return CLOCK.format(at);
}

/** A time as 14:03:22 when it is on the same day as `now`, otherwise with its date. */
export function formatMoment(at: number, now: number): string {
  return new Date(at).toDateString() === new Date(now).toDateString() ? formatClock(at) : formatDateTime(at);
}

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KB', 'MB', 'GB', 'TB'];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit] ?? 'TB'}`;
}

/** The total usage of the given agents. */
export function sumUsage(agents: readonly AgentView[]): { tokens: number; costUsd: number; unpricedCalls: number } {
  return {
    tokens: agents.reduce((sum, { usage }) => sum + totalTokens(usage), 0),
    costUsd: agents.reduce((sum, { usage }) => sum + usage.costUsd, 0),
    unpricedCalls: agents.reduce((sum, { usage }) => sum + usage.unpricedCalls, 0),
  };
}

/** The text with its first letter in upper case. */
export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
