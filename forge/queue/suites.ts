import type { Db } from '../../store/open-store.ts';

/** What the checks say about a commit. */
export interface SuiteResult {
  /** `gone`: nobody knows any more; a suite is requested anew. */
  readonly state: 'running' | 'passed' | 'failed' | 'gone';
  /** Names of the checks that stand in the way. */
  readonly failed: readonly string[];
  /** These checks are known to fail by chance. */
  readonly isFlaky: boolean;
}

export interface SuiteWish {
  readonly repositoryId: number;
  /** The commit that says what runs. */
  readonly target: string;
  readonly commit: string;
}

/** The checks, as the queue uses them. `request`, `retry` and `cancel` may be called in a transaction. */
export interface Suites {
  /** The same suite whenever it is asked for. */
  request(wish: SuiteWish): number;
  result(db: Db, suite: number): SuiteResult;
  /** Runs what failed once more. */
  retry(suite: number): void;
  /** No error when it has ended. */
  cancel(suite: number): void;
  /** The first lines of its output that say why it failed; empty: there are none. */
  firstLines(suite: number): string;
  /** Calls `listener` whenever a suite ended. */
  onEnded(listener: () => void): void;
}
