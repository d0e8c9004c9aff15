import prettyMs from 'pretty-ms';
import type { UsageSum } from '../../../protocol/schemas/agent.ts';

/** The time since `at`, in one unit: "now", "42s", "5m", "3h", "2d". */
export function sayAgo(at: number, now: number): string {
  const seconds = Math.round((now - at) / 1000);
  if (seconds < 1) return 'now';
  return prettyMs(seconds * 1000, { unitCount: 1 });
}

/** The same as text for a past time: "now", "5m ago". */
export function saySince(at: number, now: number): string {
  const ago = sayAgo(at, now);
  return ago === 'now' ? ago : `${ago} ago`;
}

/** The time until `at`, in whole seconds; "0s" when it is past. */
export function sayAhead(at: number, now: number): string {
  return prettyMs(Math.max(0, Math.ceil((at - now) / 1000) * 1000), { unitCount: 2 });
}

/** The same as text: "in 5s"; "now" when it is past. */
export function sayUntil(at: number, now: number): string {
  return at <= now ? 'now' : `in ${sayAhead(at, now)}`;
}

/** A duration in milliseconds: "40ms", "1.2s", "3m 5s". */
export function saySpan(ms: number): string {
  return ms < 1000 ? `${Math.max(0, Math.round(ms))}ms` : prettyMs(ms, { unitCount: 2, secondsDecimalDigits: 1 });
}

/** A count in at most five characters: 950, 1.2k, 34k, 5.6M. */
export function sayCount(count: number): string {
  if (count < 1_000) return String(count);
  if (count < 999_500) return `${shorten(count / 1_000)}k`;
  return `${shorten(count / 1_000_000)}M`;
}

/** The size of a conversation, and what its model takes at most: "34k of 200k"; "–" when it is not known. */
export function sayContext(of: { contextTokens: number | null; windowTokens: number | null }): string {
  const { contextTokens, windowTokens } = of;
  if (contextTokens === null) return '–';
  return windowTokens === null ? sayCount(contextTokens) : `${sayCount(contextTokens)} of ${sayCount(windowTokens)}`;
}

function shorten(value: number): string {
  return value < 9.95 ? value.toFixed(1) : String(Math.round(value));
}

/** Money in US dollars. */
function sayMoney(usd: number): string {
  if (usd === 0) return '$0';
  return usd < 0.01 ? '<$0.01' : `$${usd.toFixed(2)}`;
}

/** The cost of calls: the sum of those with a price, and the number without; "–" when none has a price. */
export function sayCost({ costUsd, unpricedCalls }: Pick<UsageSum, 'costUsd' | 'unpricedCalls'>): string {
  if (unpricedCalls === 0) return sayMoney(costUsd);
  // No digit of such a small amount is significant.
  const known = costUsd < 0.01 ? '> $0' : `≥ ${sayMoney(costUsd)}`;
  return `${costUsd === 0 ? '–' : known}, ${unpricedCalls} ${unpricedCalls === 1 ? 'call' : 'calls'} unpriced`;
}

/** A time of day, with its date when that is not today. Local time. */
export function sayTime(at: number, now: number): string {
  const date = new Date(at);
  const time = date.toTimeString().slice(0, 8);
  if (date.toDateString() === new Date(now).toDateString()) return time;
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return `${day} ${time}`;
}

/** The same with the time zone's name, for times that somebody plans by. */
export function sayTimeInZone(at: number, now: number): string {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' }).formatToParts(at);
  return `${sayTime(at, now)} ${parts.find(({ type }) => type === 'timeZoneName')?.value ?? ''}`.trimEnd();
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
