import * as z from 'zod';
import { type FileChange, wholeText } from '../file-change.ts';

const change = z.object({
  path: z.string(),
  kind: z.union([
    z.object({ type: z.enum(['add', 'delete']) }),
    z.object({ type: z.literal('update'), move_path: z.string().nullish() }),
  ]),
  diff: z.string(),
});

/** After the hunks of a file that was moved, the CLI repeats where to. */
const MOVED = /\n*\nMoved to: [^\n]*$/;

/** The changes of files in an item of the CLI. A file that was added or deleted is there as a whole, without a diff. */
export function readChanges(changes: readonly unknown[]): FileChange[] {
  return changes.flatMap((one): FileChange[] => {
    const { data } = change.safeParse(one);
    if (data === undefined) return [];
    const { path, kind, diff } = data;
    if (kind.type === 'add') return [{ path, change: 'added', diff: wholeText(diff, '+') }];
    if (kind.type === 'delete') return [{ path, change: 'deleted', diff: wholeText(diff, '-') }];
    const movedTo = 'move_path' in kind ? (kind.move_path ?? null) : null;
    if (movedTo === null) return [{ path, change: 'changed', diff }];
    return [{ path, change: 'moved', movedTo, diff: diff.replace(MOVED, '\n') }];
  });
}
