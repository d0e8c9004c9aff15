/** The first argument with which the harness's bundle fetches the commit that a box checks, and ends. */
export const CHECK_OUT_COMMAND = 'check-out';

/** Where the files of that commit are in the box. */
export const CHECK_DIR = '/tmp/work';

/** The home directory of the commands of a check. */
export const CHECK_HOME = '/tmp/home';

/** The exit code of a box whose files could not be fetched: nobody knows how the check would have ended. */
export const NO_FILES_EXIT_CODE = 113;

/** The first argument with which the harness's bundle hands the artifacts and reports of a run over to the forge. */
export const HAND_OVER_COMMAND = 'hand-over';

/** Where a box does that, on the socket of its run. */
export const HAND_OVER_PATHS = {
  artifact: '/check/artifacts',
  report: '/check/reports',
  /** Followed by the place of a cache in the run's list; also where a box gets it from. */
  cache: '/check/caches',
} as const;

/** Says whether a cache is that of the wanted key (`exact`), or the newest one like it (`similar`). */
export const CACHE_HEADER = 'x-hive-cache';

/** Files of one run that are handed over, and bytes of one of them, at most: the forge refuses more. */
export const MOST_ARTIFACTS = 50;
export const MOST_ARTIFACT_BYTES = 32 * 1024 * 1024;
export const MOST_REPORTS = 200;
export const MOST_REPORT_BYTES = 2 * 1024 * 1024;
export const MOST_CACHE_BYTES = 256 * 1024 * 1024;
