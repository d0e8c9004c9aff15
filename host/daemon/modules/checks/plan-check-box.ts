import { BOX_PATHS, boxSocketDir } from '../../../../protocol/box-paths.ts';
import {
  CHECK_DIR,
  CHECK_HOME,
  CHECK_OUT_COMMAND,
  HAND_OVER_COMMAND,
  NO_FILES_EXIT_CODE,
} from '../../../../protocol/check-places.ts';
import type { CheckJob } from '../../../../protocol/schemas/check.ts';
import type { Config } from '../../config/schema.ts';
import { checkSocketPlace, sharedPlace } from '../../node/place.ts';
import type { BoxPlan, CheckBox } from '../../runtime/runtime.ts';

/**
 * The main process of a check's box: its exit code is the verdict. The files are fetched first; the commands get none
 * of what that needed. A command's own exit code that would say that there were no files becomes 1. However the commands
 * ended, artifacts and reports are handed over before the end, and caches when they ended well; that changes nothing about
 * the verdict.
 */
const MAIN = `
harness() {
  "$HIVE_TOOLCHAIN/node/bin/node" --no-warnings "$HIVE_TOOLCHAIN/harness/harness.mjs" "$1"
}
harness ${CHECK_OUT_COMMAND} || exit ${NO_FILES_EXIT_CODE}
cd ${CHECK_DIR} || exit ${NO_FILES_EXIT_CODE}
setup=$HIVE_CHECK_SETUP command=$HIVE_CHECK_COMMAND artifacts=$HIVE_CHECK_ARTIFACTS reports=$HIVE_CHECK_REPORTS
caches=$HIVE_CHECK_CACHES
unset HIVE_CHECK_SETUP HIVE_CHECK_COMMAND HIVE_CHECK_ARTIFACTS HIVE_CHECK_REPORTS HIVE_CHECK_CACHES
unset HIVE_CHECK_REPO HIVE_CHECK_REF
end() {
  [ $1 = 0 ] || caches="[]"
  [ "$artifacts$reports$caches" = "[][][]" ] ||
    HIVE_CHECK_ARTIFACTS=$artifacts HIVE_CHECK_REPORTS=$reports HIVE_CHECK_CACHES=$caches harness ${HAND_OVER_COMMAND}
  exit $1
}
run() {
  sh -ec "$2"
  code=$?
  [ $code = 0 ] && return
  echo "[the $1 ended with exit code $code]"
  [ $code = ${NO_FILES_EXIT_CODE} ] && code=1
  end $code
}
[ -n "$setup" ] && run setup "$setup"
run command "$command"
end 0
`;

/**
 * The complete specification of the box in which a run is carried out: nothing of an agent, no network, one socket that
 * serves the run's commit.
 */
export function planCheckBox(
  job: CheckJob,
  {
    uid,
    gid,
    image,
    checks,
    timeZone,
  }: {
    uid: number;
    gid: number;
    image: string;
    checks: Config['checks'];
    timeZone: string;
  },
): BoxPlan<CheckBox> {
  return {
    run: job.run,
    image,
    uid,
    gid,
    groups: [],
    limits: {
      memoryMb: checks.memory_mb,
      cpus: checks.cpus,
      pids: checks.pids,
      tmpMb: checks.tmp_mb,
      diskMb: 0,
      diskFiles: 0,
    },
    argv: ['/bin/sh', '-c', MAIN, 'check'],
    env: {
      CI: 'true',
      HOME: CHECK_HOME,
      TMPDIR: '/tmp',
      TZ: timeZone,
      LANG: 'C.UTF-8',
      PATH: `${BOX_PATHS.toolchain}/node/bin:/usr/local/bin:/usr/bin:/bin`,
      GIT_TERMINAL_PROMPT: '0',
      npm_config_update_notifier: 'false',
      HIVE_TOOLCHAIN: BOX_PATHS.toolchain,
      HIVE_CHECK_NAME: job.check,
      HIVE_CHECK_REPO: `${job.owner}/${job.name}`,
      HIVE_CHECK_REF: job.ref,
      HIVE_CHECK_COMMIT: job.commit,
      HIVE_CHECK_SETUP: job.setup,
      HIVE_CHECK_COMMAND: job.command,
      HIVE_CHECK_ARTIFACTS: JSON.stringify(job.artifacts),
      HIVE_CHECK_REPORTS: JSON.stringify(job.reports),
      HIVE_CHECK_CACHES: JSON.stringify(job.caches),
    },
    workdir: '/tmp',
    mounts: [
      { place: sharedPlace('toolchain'), target: BOX_PATHS.toolchain, readOnly: true },
      { place: checkSocketPlace(job.run), target: boxSocketDir('forge'), readOnly: true },
    ],
    // A box of a check is never outdated: it runs once.
    fingerprint: 'check',
    cli: null,
  };
}
