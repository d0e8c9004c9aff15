import type { Mirror } from '../../store/mirrors.ts';

/** Whether a mirror is to be tried now: a push mirror only when something changed since all of it was published. */
export function isDue(
  { direction, dueAt, version, refsVersion }: Pick<Mirror, 'direction' | 'dueAt' | 'version' | 'refsVersion'>,
  now: number,
): boolean {
  return dueAt <= now && (direction === 'pull' || version !== refsVersion);
}
