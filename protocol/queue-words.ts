import type { QueueEntryView } from './schemas/queue.ts';

/** What an entry of a merge queue waits for, after its pull request's name. */
export function sayQueued({ base, state, position, mode, reasons }: QueueEntryView): string {
  if (state === 'waiting') return `is merged when it may be: ${reasons.join('; ')}`;
  if (mode === 'alone') return 'is being merged';
  const place = position === null ? '' : ` as number ${position}`;
  return `is in the merge queue of ${base}${place}${state === 'testing' ? ', and its checks run' : ''}`;
}
