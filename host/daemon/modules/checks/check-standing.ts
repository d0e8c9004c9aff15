import { type DoctorCheck, good, warn } from '../../../../protocol/schemas/doctor.ts';

/** What hived does about checks now. */
export interface CheckStanding {
  /** `checks.at_once`. */
  readonly slots: number;
  running: number;
  /** Why no further one begins, as the end of a sentence; null: one may begin. */
  waitsFor: string | null;
}

export function createCheckStanding(slots: number): CheckStanding {
  return { slots, running: 0, waitsFor: null };
}

/** For the doctor: checks that wait for ever must not look like checks that run. */
export function judgeChecks({ slots, running, waitsFor }: CheckStanding): DoctorCheck {
  if (slots === 0)
    return warn(
      'checks',
      'none runs: checks.at_once is 0',
      'Required checks stay queued, so their pull requests cannot be merged. Set checks.at_once in config.yaml, then: hivectl up --restart',
    );
  if (waitsFor !== null)
    return warn(
      'checks',
      `${running} of ${slots} run; the next one waits ${waitsFor}`,
      'It begins when that is there.',
    );
  return good('checks', `${running} of ${slots} run`);
}
