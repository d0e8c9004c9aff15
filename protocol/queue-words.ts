import type { QueueEntryView } from './schemas/queue.ts';

/** What an entry of a merge queue waits for, after its pull request's name. */
export function sayQueued({ base, state, position, reasons }: QueueEntryView): string {
  if (state === 'waiting')
    return `is merged when it may be: ${reasons.length === 0 ? `its checks run with the newest commit of ${base}` : reasons.join('; ')}`;
  const place = position === null ? '' : ` as number ${position}`;
  return `is in the merge queue of ${base}${place}${state === 'testing' ? ', and its checks run' : ''}`;
}
