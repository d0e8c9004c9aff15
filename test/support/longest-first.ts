import { relative, sep } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Test files that mostly wait: for a crash and a new start, over and over, or for a pause that is itself the subject.
 * They begin first, beside files that compute, so that none of them is left alone at the end of a run. Further ones
 * belong here when they take over a minute on a quiet machine.
 */
export const LONGEST = [
  'test/crash.test.ts',
  'test/codex-login.test.ts',
  'test/dashboard/page.test.ts',
  'test/clis-in-boxes.test.ts',
  'test/disk-limit.test.ts',
];

/** The long files first, then the order that vitest chooses. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = (file: TestSpecification) => {
      const at = LONGEST.indexOf(relative(this.ctx.config.root, file.moduleId).split(sep).join('/'));
      return at < 0 ? LONGEST.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
