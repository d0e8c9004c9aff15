import { once } from 'node:events';
import { open } from 'node:fs/promises';
import type { Command } from 'commander';
import { HiveError } from '../../../../protocol/errors.ts';
import type { MessageView } from '../../../../protocol/schemas/message.ts';
import type { CliContext } from '../../context.ts';
import { toJson } from '../../output/terminal.ts';
import { define, examples, given, readNumber } from '../command.ts';
import { readOf } from './read-mail.ts';

const PAGE = 500;

export function addExportCommand(program: Command, context: CliContext): void {
  const command = program
    .command('export')
    .description('messages with their receipts as JSON Lines, oldest first')
    .argument('[FILE]', 'a new file; without it, stdout')
    .option('--of <name>', 'only from or to this agent (or "operator")')
    .option('--after <id>', 'only messages behind this one');
  examples(command, [
    ['hivectl export all.jsonl', 'everything'],
    ['hivectl export --of scout | gzip > scout.jsonl.gz', ''],
    ['hivectl export --after 4200 >> all.jsonl', 'what came since'],
    [`hivectl export | jq -r 'select(.kind=="question").body'`, ''],
  ]);
  define(command, context, async (terminal, options, [file]) => {
    const of = readOf(options['of']);
    const { after } = options;
    const from = after === undefined || after === '0' ? 0 : readNumber(after, '--after');
    const pages = exportPages(context, { after: from, ...given('of', of) });
    if (file === undefined) {
      let any = false;
      for await (const page of pages) {
        await write(context, context.io.stdout, page);
        any = true;
      }
      // On stderr: stdout is for the exported lines only.
      if (!any) terminal.note(`There are no messages${from > 0 ? ` behind #${from}` : ''} to export.`);
      return;
    }
    const written = await writeFile(context, file, pages);
    terminal.print({ file, ...written });
    terminal.say(
      written.messages === 0
        ? `There was nothing to write; ${file} is empty.`
        : `${written.messages} messages are in ${file}. What comes later: hivectl export --after ${written.last ?? 0}`,
    );
  });
}

/** All pages to the end, each requested after the previous one was written. */
async function* exportPages(
  context: CliContext,
  query: { after: number; of?: string },
): AsyncGenerator<readonly MessageView[]> {
  let after: number | null = query.after;
  while (after !== null) {
    context.signal.throwIfAborted();
    const page: { messages: MessageView[]; next: number | null } = await context.hive.call(
      'exportMessages',
      { ...query, after, limit: PAGE },
      { signal: context.signal },
    );
    if (page.messages.length > 0) yield page.messages;
    after = page.next;
  }
}

function toLines(page: readonly MessageView[]): string {
  return page.map((message) => `${toJson(message)}\n`).join('');
}

/** Writes a page, and waits when the reader is slower. */
async function write(context: CliContext, to: NodeJS.WritableStream, page: readonly MessageView[]): Promise<void> {
  const flowing = to.write(toLines(page));
  if (!flowing) await once(to, 'drain', { signal: context.signal });
}

/** Never overwrites a file. A failed export leaves whole pages, and reports where it stopped. */
async function writeFile(
  context: CliContext,
  file: string,
  pages: AsyncIterable<readonly MessageView[]>,
): Promise<{ messages: number; last: number | null }> {
  const handle = await open(file, 'wx', 0o600).catch((cause: unknown) => refuse(file, cause));
  let messages = 0;
  let last: number | null = null;
  try {
    for await (const page of pages) {
      await handle.appendFile(toLines(page)).catch((cause: unknown) => refuse(file, cause));
      messages += page.length;
      last = page.at(-1)?.id ?? last;
    }
  } catch (error) {
    if (!context.signal.aborted) throw error;
    const rest = last === null ? '' : `. The rest: hivectl export --after ${last}`;
    throw new HiveError('interrupted', `Interrupted; ${file} has ${messages} messages${rest}.`);
  } finally {
    await handle.close();
  }
  return { messages, last };
}

function refuse(file: string, cause: unknown): never {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'EEXIST')
    throw new HiveError(
      'invalid_input',
      `"${file}" is there already. Choose another name, or add to it: hivectl export --after ID >> "${file}"`,
    );
  throw new HiveError(code === 'ENOENT' ? 'not_found' : 'invalid_input', `"${file}" cannot be written: ${message}.`, {
    cause,
  });
}
