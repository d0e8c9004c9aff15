import { relative, sep } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Vitest gives a worker its next file only if that is of the same project, and otherwise ends it and starts another. So
 * the projects follow each other, and each worker loads their modules once. The shortest files come last: they keep all
 * workers busy to the end.
 */
const PROJECTS = ['system', 'process', 'unit'];

/**
 * Test files that take long, some of them because they wait: for a crash and a new start, over and over, or for a pause
 * that is itself the subject. They begin first, so that none of them is left alone at the end of a run. Further ones
 * belong here when they take over a minute on a quiet machine.
 */
export const LONGEST = [
  'test/codex-login.test.ts',
  'test/faults.test.ts',
  'test/dashboard/page.test.ts',
  'test/clis-in-boxes.test.ts',
  'test/full-disk.test.ts',
  'test/starved.test.ts',
  'test/crash.test.ts',
  'test/disk-limit.test.ts',
  'test/dashboard/whole-hive.test.ts',
  'test/dashboard/mail.test.ts',
  'test/four-clis.test.ts',
  'test/harness/opencode-contract.test.ts',
  'test/harness/gemini-contract.test.ts',
];

/** Project by project: its long files first, then the order that vitest chooses. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const ranked = (await super.sort(files)).map((file) => {
      const at = LONGEST.indexOf(relative(this.ctx.config.root, file.moduleId).split(sep).join('/'));
      return { file, project: PROJECTS.indexOf(file.project.name), length: at < 0 ? LONGEST.length : at };
    });
    return ranked.toSorted((a, b) => a.project - b.project || a.length - b.length).map(({ file }) => file);
  }
}
