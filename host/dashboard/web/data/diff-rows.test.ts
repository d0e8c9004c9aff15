import { expect, test } from 'vitest';
import type { PullEntry } from '../../../../protocol/schemas/pull.ts';
import { type DiffRow, type DiffView, listDiffRows } from './diff-rows.ts';
import { listThreads } from './pull-threads.ts';
import { joinPages, PATCH_START, readPatch } from './read-patch.ts';

const PATCH = `diff --git a/a.ts b/a.ts
--- a/a.ts
+++ b/a.ts
@@ -1,4 +1,5 @@
 same
-old 1
-old 2
+new 1
+new 2
+new 3
 end
diff --git a/b.ts b/b.ts
--- a/b.ts
+++ b/b.ts
@@ -1 +1 @@
-x
+y
`;
const sections = joinPages([readPatch(PATCH, PATCH_START, true)]);
const comment = (id: number, path: string, more: Partial<PullEntry>) =>
  ({ id, path, line: 9, lineNow: null, replyTo: null, ...more }) as PullEntry;
const show = (view: Partial<DiffView> = {}) =>
  listDiffRows(sections, { isOpen: () => true, isSplit: false, threads: [], composing: null, ...view });

function say(row: DiffRow): string {
  if (row.is === 'file') return row.file.name;
  if (row.is === 'line') return `${row.line.old ?? ''}|${row.line.new ?? ''}`;
  if (row.is === 'pair') return `${row.left?.line.old ?? ''}=${row.right?.line.new ?? ''}`;
  if (row.is === 'thread') return `thread ${row.thread.root.id}+${row.thread.replies.length}`;
  return row.is;
}

test('threads stand below their line, those without one below the head of their file, and a composer where one writes', () => {
  const entries = [
    comment(1, 'a.ts', { lineNow: 3 }),
    comment(2, 'a.ts', { lineNow: 3, replyTo: 1 }),
    comment(3, 'a.ts', {}),
    comment(4, 'b.ts', { lineNow: 77 }),
  ];
  const rows = show({ threads: listThreads(entries), composing: { path: 'a.ts', line: 5 } });
  expect(rows.map(say)).toEqual(
    ['a.ts', 'thread 3+0', '1|1', '2|', '3|', '|2', '|3', 'thread 1+1', '|4', '4|5', 'compose', 'b.ts', 'thread 4+0', '1|', '|1'], // prettier-ignore
  );
  expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
});

test('side by side, added lines stand beside removed ones, and a closed file is its head alone', () => {
  expect(show({ isSplit: true, isOpen: (of) => of === 0 }).map(say)).toEqual(
    ['a.ts', '1=1', '2=2', '3=3', '=4', '4=5', 'b.ts'], // prettier-ignore
  );
});
