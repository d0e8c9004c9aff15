import { COMPARE } from './policy.ts';
import type { Git } from './process.ts';

/** A run of lines that was replaced: numbers from 1, counts may be 0. */
export interface Hunk {
  readonly oldStart: number;
  readonly oldCount: number;
  readonly newStart: number;
  readonly newCount: number;
}

const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;

/** The hunks of a diff without context (`-U0`). */
export function readHunkHeads(diff: string): Hunk[] {
  return diff.split('\n').flatMap((line) => {
    const [, oldStart, oldCount = '1', newStart, newCount = '1'] = HUNK.exec(line) ?? [];
    if (oldStart === undefined || newStart === undefined) return [];
    const [first, count, now, nowCount] = [oldStart, oldCount, newStart, newCount].map(Number);
    return [{ oldStart: first!, oldCount: count!, newStart: now!, newCount: nowCount! }];
  });
}

/** Where a line is after a change; null: it was changed or removed. */
export function followLine(hunks: readonly Hunk[], line: number): number | null {
  let moved = 0;
  for (const { oldStart, oldCount, newCount } of hunks) {
    // A hunk without old lines stands behind the line of its number.
    const isBefore = oldCount === 0 ? oldStart < line : oldStart + oldCount <= line;
    if (isBefore) moved += newCount - oldCount;
    else if (oldCount > 0 && oldStart <= line) return null;
  }
  return line + moved;
}

/** A reader has one of a few places meanwhile. */
const LONGEST_FOLLOW_MS = 5_000;
const MOST_BYTES = 2 * 1024 * 1024;

/**
 * How the lines of a file moved between two commits; null: the file is gone or has another name, a commit is not there
 * any more, or the change is too large to follow.
 */
export async function readLineMoves(
  git: Git,
  path: string,
  { from, to, file }: { from: string; to: string; file: string },
): Promise<readonly Hunk[] | null> {
  if (from === to) return [];
  const diff = ['diff', '--no-color', '--no-ext-diff', '--no-textconv', '--no-renames', '-U0', from, to];
  const argv = [...COMPARE, `--git-dir=${path}`, ...diff, '--', `:(literal,top)${file}`];
  const { code, stdout, isCut } = await git.ask(argv, { limitMs: LONGEST_FOLLOW_MS, maxBytes: MOST_BYTES });
  if (code !== 0 || isCut || /^deleted file mode /m.test(stdout.slice(0, 4_096))) return null;
  return readHunkHeads(stdout);
}
