import type { Settings } from '../config.ts';

/** What every set-up step gets. */
export interface SetupContext {
  readonly settings: Settings;
  /** The directory of the build that hivectl is part of. */
  readonly dist: string;
  readonly signal: AbortSignal;
}

/**
 * One step of set-up. It looks first and does only what is missing, so it can be repeated, also after it was
 * interrupted half way. Throws a HiveError (`setup_failed`, …) whose message says what to do.
 */
export interface SetupStep {
  readonly title: string;
  /** Returns what was found or done, in a few words; `report` says what is going on meanwhile. */
  run(context: SetupContext, report: (doing: string) => void): Promise<string>;
}
