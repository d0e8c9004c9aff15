/** The first argument with which the harness's bundle fetches the commit that a box checks, and ends. */
export const CHECK_OUT_COMMAND = 'check-out';

/** Where the files of that commit are in the box. */
export const CHECK_DIR = '/tmp/work';

/** The home directory of the commands of a check. */
export const CHECK_HOME = '/tmp/home';

/** The exit code of a box whose files could not be fetched: nobody knows how the check would have ended. */
export const NO_FILES_EXIT_CODE = 113;
