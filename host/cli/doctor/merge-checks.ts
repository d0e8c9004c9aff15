import { type DoctorCheck, good, warn } from '../../../protocol/schemas/doctor.ts';

/** Merges our own checks with hived's: for the same check, hived's result is the better one. */
export function mergeChecks(own: readonly DoctorCheck[], hived: readonly DoctorCheck[] | null): DoctorCheck[] {
  const reachable = hived === null ? warn('hive', 'not running', 'Start it: npm start') : good('hive', 'answers');
  const names = new Set((hived ?? []).map((check) => check.name));
  return [
    ...own.filter((check) => !names.has(check.name)),
    ...(names.has(reachable.name) ? [] : [reachable]),
    ...(hived ?? []),
  ];
}
