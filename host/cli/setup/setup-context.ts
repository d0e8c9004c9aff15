import type { Settings } from '../config.ts';

/** The dependencies of every set-up step. */
export interface SetupContext {
  readonly settings: Settings;
  /** The directory of the build that hivectl is part of. */
  readonly dist: string;
  readonly signal: AbortSignal;
}

/**
 * One step of set-up. It checks first and does only what is missing, so it can be repeated, also after an interruption.
 * Throws a HiveError (`setup_failed`, …) whose message says what to do.
 */
export interface SetupStep {
  readonly title: string;
  /** Returns what was found or done, in a few words; `report` shows the progress meanwhile. */
  run(context: SetupContext, report: (doing: string) => void): Promise<string>;
}
