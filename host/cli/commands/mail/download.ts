import type { Command } from 'commander';
import prettyBytes from 'pretty-bytes';
import { HiveError } from '../../../../protocol/errors.ts';
import type { CliContext } from '../../context.ts';
import { oneLine } from '../../output/clean-text.ts';
import { define, examples } from '../command.ts';
import { readPath, saveNew } from '../save-new.ts';
import { readId } from './read-mail.ts';

const DOWNLOAD_TIMEOUT_MS = 120_000;

export function addDownloadCommand(program: Command, context: CliContext): void {
  const download = program
    .command('download')
    .description('fetch a file that is attached to a message')
    .argument('ID', "the message's number")
    .argument('[FILE]', 'which attachment, if there are several')
    .option('-o, --output <path>', 'where to; "-" is stdout (default: its own name, here)');
  examples(download, [
    ['hivectl download 42', 'its only attachment, into this directory'],
    ['hivectl download 42 plan.pdf -o /tmp/plan.pdf', ''],
  ]);
  define(download, context, async (terminal, options, [text, wanted]) => {
    const id = readId(text, "A message's number");
    const { message } = await context.hive.call('getMessage', { id });
    const name = chooseFile(
      id,
      (message.data.attachments ?? []).map((each) => each.name),
      wanted,
    );
    const path = readPath(options['output'], name);
    const file = await context.hive.call('download', { message: id, name }, { timeoutMs: DOWNLOAD_TIMEOUT_MS });
    const bytes = Buffer.from(file.data, 'base64');
    if (path === '-') return void context.io.stdout.write(bytes);
    await saveNew(path, bytes);
    terminal.print({ path, bytes: bytes.length, hash: file.hash });
    terminal.say(`${oneLine(path)}: ${prettyBytes(bytes.length)}.`);
  });
}

function chooseFile(id: number, names: readonly string[], wanted: string | undefined): string {
  const [only, ...others] = names;
  if (only === undefined) throw new HiveError('unknown_attachment', `Nothing is attached to #${id}.`);
  if (wanted === undefined && others.length === 0) return only;
  if (wanted !== undefined && names.includes(wanted)) return wanted;
  const list = names.map(oneLine).join(', ');
  throw wanted === undefined
    ? new HiveError('invalid_input', `Say which: ${list}.`)
    : new HiveError('unknown_attachment', `#${id} has no attachment "${wanted}". It has: ${list}.`);
}
