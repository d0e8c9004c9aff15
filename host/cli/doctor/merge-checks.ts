import { type DoctorCheck, good, warn } from '../../../protocol/schemas/doctor.ts';

/** Our own checks and hived's in one list: where both looked at the same thing, hived knows better. */
export function mergeChecks(own: readonly DoctorCheck[], hived: readonly DoctorCheck[] | null): DoctorCheck[] {
  const reachable = hived === null ? warn('hive', 'not running', 'Start it: npm start') : good('hive', 'answers');
  const names = new Set((hived ?? []).map((check) => check.name));
  return [
    ...own.filter((check) => !names.has(check.name)),
    ...(names.has(reachable.name) ? [] : [reachable]),
    ...(hived ?? []),
  ];
}
