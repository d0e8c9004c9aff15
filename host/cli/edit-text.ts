import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HiveError } from '../../protocol/errors.ts';
import type { CliContext } from './context.ts';
import { runOnTerminal } from './process/run-program.ts';
import { decodeUtf8 } from './read-stdin.ts';

/**
 * Opens a text in $VISUAL or $EDITOR, which may have arguments ("code --wait"), else in vi. Returns the edited text.
 */
export async function editText(context: CliContext, text: string, ending = 'md'): Promise<string> {
  needTerminal(context);
  const { childEnv } = context.settings;
  const editor = childEnv['VISUAL'] ?? childEnv['EDITOR'] ?? 'vi';
  const dir = await mkdtemp(join(tmpdir(), 'hivectl-edit-'));
  const file = join(dir, `hivectl.${ending}`);
  try {
    await writeFile(file, text, { mode: 0o600 });
    // The shell splits the editor's own arguments, as git does; the file is a separate word.
    const code = await runOnTerminal('/bin/sh', {
      args: ['-c', `${editor} "$1"`, 'sh', file],
      env: childEnv,
      signal: context.signal,
    });
    if (code !== 0)
      throw new HiveError(
        'interrupted',
        `The editor "${editor}" ended with ${code}; nothing was done. Set EDITOR to another one, or use the options that --help lists.`,
      );
    return withoutAddedEnd(decodeUtf8(await readFile(file), 'What the editor wrote'), text);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Throws `invalid_input` where an editor could not be used, so that this is reported before anything is asked. */
export function needTerminal(context: CliContext): void {
  if (context.io.stdin.isTTY !== true)
    throw new HiveError('invalid_input', 'An editor needs a terminal; use the options that --help lists instead.');
}

/** Most editors add a final newline; it is removed when the text had none before. */
function withoutAddedEnd(edited: string, before: string): string {
  return before.endsWith('\n') ? edited : edited.replace(/\n$/, '');
}
