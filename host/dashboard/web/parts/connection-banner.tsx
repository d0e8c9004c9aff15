import { Loader } from '@mantine/core';
import type { HiveError } from '../../../../protocol/errors.ts';
import { useStatus } from '../data/queries.ts';
import classes from './connection-banner.module.css';

/**
 * Warns that the shown data may be outdated, or that the disk is nearly full. It disappears by itself: the status is polled
 * and the event stream reconnects.
 */
export function ConnectionBanner() {
  const status = useStatus();
  const reason = describeTrouble(status.error, status.data);
  return (
    <output className={classes.place}>
      {reason !== null && (
        <div className={classes.banner}>
          <Loader size={14} color="currentColor" aria-hidden />
          <span>{reason}</span>
        </div>
      )}
    </output>
  );
}

function describeTrouble(error: Error | null, hive: ReturnType<typeof useStatus>['data']): string | null {
  const code = (error as HiveError | null)?.code;
  if (code === 'hive_unreachable')
    return 'The hive does not answer. What you see may be old; this page comes back by itself.';
  if (error !== null && code !== 'unauthenticated') return `The hive's status could not be read: ${error.message}`;
  if (hive?.ready === false) return 'The hive is starting. Agents and services come up one after another.';
  return hive?.disk.advice ?? null;
}
