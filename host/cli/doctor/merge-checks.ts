import type { DoctorCheck } from '../../../protocol/operations/admin.ts';

/** Our own checks and hived's in one list: where both looked at the same thing, hived knows better. */
export function mergeChecks(own: readonly DoctorCheck[], hived: readonly DoctorCheck[] | null): DoctorCheck[] {
  const reachable: DoctorCheck =
    hived === null
      ? { name: 'hive', ok: true, level: 'warn', found: 'not running', advice: 'Start it: npm start' }
      : { name: 'hive', ok: true, level: 'ok', found: 'answers', advice: null };
  const names = new Set((hived ?? []).map((check) => check.name));
  return [
    ...own.filter((check) => !names.has(check.name)),
    ...(names.has(reachable.name) ? [] : [reachable]),
    ...(hived ?? []),
  ];
}
