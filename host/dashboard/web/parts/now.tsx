import { Text, type TextProps } from '@mantine/core';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { formatAgo, formatClock, formatDateTime, formatDuration } from '../data/format.ts';

const NowContext = createContext(0);

/** One clock for all relative times: it ticks each second and re-renders only its users. */
export function NowProvider({ children }: { children: ReactNode }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), 1_000);
    return () => window.clearInterval(timer);
  }, []);
  return <NowContext value={now}>{children}</NowContext>;
}

/** The current time (epoch milliseconds) as of the last tick. Re-renders the calling component each second. */
export function useNow(): number {
  return useContext(NowContext);
}

/** "3 min ago"; the title has the exact time. */
export function Ago({ at, ...text }: { at: number } & TextProps) {
  const now = useContext(NowContext);
  return (
    <Text component="time" span inherit title={formatDateTime(at)} dateTime={new Date(at).toISOString()} {...text}>
      {formatAgo(at, now)}
    </Text>
  );
}

/** 14:03:22; the title has the date. */
export function Clock({ at }: { at: number }) {
  return (
    <time title={formatDateTime(at)} dateTime={new Date(at).toISOString()}>
      {formatClock(at)}
    </time>
  );
}

/** "7 m 24 s" until a time; nothing once it has passed. */
export function Countdown({ until }: { until: number }) {
  const now = useContext(NowContext);
  if (until <= now) return <>any moment</>;
  return (
    <time title={formatDateTime(until)}>
      {formatDuration(Math.max(1_000, Math.ceil((until - now) / 1000) * 1000)).replace('.0', '')}
    </time>
  );
}

/** The time elapsed since a time. */
export function Elapsed({ since }: { since: number }) {
  const now = useContext(NowContext);
  return <>{formatDuration(Math.max(0, Math.floor((now - since) / 1000) * 1000)).replace('.0', '')}</>;
}
