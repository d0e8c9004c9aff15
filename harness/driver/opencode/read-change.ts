import * as z from 'zod';
import type { ShownTool } from '../agent-protocol/dialect.ts';
import type { ToolUpdate } from '../agent-protocol/read-line.ts';
import { type FileChange, wholeText } from '../file-change.ts';

/** What the CLI's file tools say of their work, beside the protocol's content, which has only the replaced piece. */
const output = z.object({
  metadata: z.object({
    diff: z.string().optional(),
    filediff: z.object({ file: z.string() }).optional(),
    filepath: z.string().optional(),
    exists: z.boolean().optional(),
  }),
});
const written = z.object({ content: z.string() });

/** The change of a file by a call that has ended well; null when it changed none that is known. */
export function readChange(shown: ShownTool | null, { rawOutput, content }: ToolUpdate): FileChange | null {
  const metadata = output.safeParse(rawOutput).data?.metadata;
  if (metadata === undefined) return null;
  const path = metadata.filediff?.file ?? metadata.filepath ?? content?.find(({ type }) => type === 'diff')?.path;
  if (path === undefined) return null;
  if (metadata.diff !== undefined) return { path, change: 'changed', diff: hunksOf(metadata.diff) };
  // Of a file that was there, the CLI does not say what it replaced.
  const text = written.safeParse(shown?.input).data?.content;
  if (metadata.exists === true) return { path, change: 'changed', diff: null };
  return metadata.exists === false && text !== undefined ? { path, change: 'added', diff: wholeText(text, '+') } : null;
}

/** Without the lines that name the file. */
function hunksOf(diff: string): string {
  const at = diff.search(/^@@ /m);
  return at === -1 ? '' : diff.slice(at);
}
