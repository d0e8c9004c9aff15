import type { Command } from 'commander';
import { basename } from 'node:path';
import { HiveError } from '../../../protocol/errors.ts';
import type { ArchiveView } from '../../../protocol/operations/operator-setup.ts';
import { confirm } from '../ask.ts';
import type { CliContext } from '../context.ts';
import { sayTime } from '../output/say-figures.ts';
import type { ItemColumn } from '../output/say-table.ts';
import { tellDone } from './agents.ts';
import { define, examples, given, ifGiven, readName } from './command.ts';
import { defineList } from './list.ts';
import { addSpecOptions, readSpec } from './read-spec.ts';

/** Unpacking takes as long as the disk needs. */
const UNPACK_TIMEOUT_MS = 600_000;

export function addArchiveCommands(program: Command, context: CliContext): void {
  const archives = program.command('archives').description('archives of destroyed agents: lists and removes them');
  const list = {
    read: () => ({}),
    ask: () => context.hive.call('listArchives', {}),
    items: (answer: { archives: ArchiveView[] }) => answer.archives,
    columns: ARCHIVE_COLUMNS,
    empty: () => 'There are no archives: no agent was destroyed and kept.',
  };
  defineList(archives, context, list);
  const ls = archives.command('ls').description('every archive, newest first');
  examples(ls, [['hivectl archives', 'the same']]);
  defineList(ls, context, list);
  addRemove(archives, context);
  addRestore(program, context);
}

const ARCHIVE_COLUMNS: readonly ItemColumn<ArchiveView>[] = [
  { title: 'ARCHIVE', value: ({ archive }) => archive },
  { title: 'AGENT', value: ({ name }) => name },
  { title: 'ROLE', value: ({ role }) => role ?? '–' },
  { title: 'DESTROYED', value: ({ at }, now) => sayTime(at, now) },
  { title: 'KB', value: ({ bytes }) => String(Math.ceil(bytes / 1_000)) },
];

function addRemove(archives: Command, context: CliContext): void {
  const remove = archives
    .command('rm')
    .description("delete archives: those agents' files are gone for good")
    .argument('ARCHIVE...', 'as "hivectl archives" lists them')
    .option('-y, --yes', 'do not ask');
  examples(remove, [['hivectl archives rm scout-20270131T090000000Z.tar.gz', 'asks first']]);
  define(remove, context, async (terminal, options, names) => {
    if (options['yes'] !== true) await confirm(context, `Delete ${names.join(', ')} for good?`);
    for (const each of names) {
      terminal.print(await context.hive.call('removeArchive', { archive: basename(each) }));
      terminal.say(`${basename(each)} is deleted.`);
    }
  });
}

function addRestore(program: Command, context: CliContext): void {
  const restore = program
    .command('restore')
    .description('make a destroyed agent again, with its files, from an archive')
    .argument('ARCHIVE', 'an archive, or the name of an agent for its newest one')
    .option('--as <name>', 'under another name')
    .option('--parent <name>', 'below another agent than before (one that is gone: the manager)')
    .option('--no-start', 'leave it stopped');
  addSpecOptions(restore);
  examples(restore, [
    ['hivectl restore scout', 'from its newest archive'],
    ['hivectl restore scout-20270131T090000000Z.tar.gz --as scout-2', 'from this one, beside a new scout'],
    ['hivectl restore scout --memory 4096 --no-start', 'with more memory, to be looked at first'],
  ]);
  define(restore, context, async (terminal, options, [wanted = '']) => {
    const { archives } = await context.hive.call('listArchives', {});
    const { agent } = await context.hive.call(
      'restoreAgent',
      {
        archive: chooseArchive(archives, wanted).archive,
        ...given('as', ifGiven(options['as'], readName)),
        ...given('parent', ifGiven(options['parent'], readName)),
        spec: await readSpec(context, options),
        start: options['start'] !== false,
      },
      { timeoutMs: UNPACK_TIMEOUT_MS },
    );
    tellDone(terminal, agent, 'restored');
  });
}

/** Finds an archive by its file name (a path to it is accepted), or an agent's newest one. Throws `not_found`. */
function chooseArchive(archives: readonly ArchiveView[], wanted: string): ArchiveView {
  const found =
    archives.find(({ archive }) => archive === basename(wanted)) ?? archives.find(({ name }) => name === wanted);
  if (found !== undefined) return found;
  throw new HiveError('not_found', `There is no archive "${wanted}", nor one of an agent of that name.`);
}
