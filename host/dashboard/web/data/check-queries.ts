import { useQuery } from '@tanstack/react-query';
import type { CheckRun } from '../../../../protocol/schemas/check.ts';
import { callHive } from './api.ts';
import type { PullPlace } from './pull-keys.ts';

/** Characters of the end of an output that the page shows. */
const LOG_CHARS = 20_000;
const LIVE_MS = 2_000;

/** The end of a run's output; as long as the run goes on, it is read again every two seconds. */
export function useCheckLog({ owner, name }: PullPlace, run: Pick<CheckRun, 'id' | 'state'>) {
  return useQuery({
    // Of a run that has ended, the output stays the same.
    queryKey: ['check-log', run.id, run.state],
    queryFn: ({ signal }) =>
      callHive('readCheckLog', { owner: owner as never, name: name as never, run: run.id, limit: LOG_CHARS }, signal),
    refetchInterval: run.state === 'running' ? LIVE_MS : false,
  });
}

/** A run with the files that it handed over. */
export function useCheck({ owner, name }: PullPlace, run: Pick<CheckRun, 'id' | 'state'>) {
  return useQuery({
    queryKey: ['check', run.id, run.state],
    queryFn: ({ signal }) =>
      callHive('describeCheck', { owner: owner as never, name: name as never, run: run.id }, signal),
  });
}
