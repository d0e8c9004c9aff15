import type { Command } from 'commander';
import { HiveError } from '../../../protocol/errors.ts';
import { readOutsideUrl } from '../../../protocol/outside-url.ts';
import type { ImportView } from '../../../protocol/schemas/mirror.ts';
import { pause } from '../../../system/pause.ts';
import type { CliContext } from '../context.ts';
import { saySince } from '../output/say-figures.ts';
import { define, examples } from './command.ts';
import { defineList } from './list.ts';
import { readRepoPath } from './read-repo-path.ts';

const LOOK_EVERY_MS = 500;

/** `hivectl forge import`, `hivectl forge imports`. */
export function addForgeImport(forge: Command, context: CliContext): void {
  const command = forge
    .command('import')
    .description('make a repository from the branches and tags of one outside; Ctrl-C ends it')
    .argument('URL', 'https://HOST/PATH, without credentials')
    .argument('OWNER/NAME', 'the new repository');
  examples(command, [
    ['hivectl egress allow hive github.com', 'first: the hive reaches no host that is not allowed'],
    ['hivectl forge import https://github.com/o/r shared/r', ''],
    ['hivectl egress inject hive github.com --secret GITHUB --scheme basic', 'for a private one'],
  ]);
  define(command, context, async (terminal, _options, [given, path]) => {
    const wanted = { ...readRepoPath(path), url: readUrl(given) };
    const name = `${wanted.owner}/${wanted.name}`;
    await context.forge.call('importRepo', wanted, { timeoutMs: 60_000 });
    const ended = await follow(context, wanted, (view) => terminal.say(sayProgress(view)));
    if (ended.state !== 'done')
      throw new HiveError(
        'outside_failed',
        ended.error ?? `The import of ${name} was cancelled. Nothing of it is kept.`,
      );
    terminal.print({ import: ended });
    if (ended.leftOut > 0)
      terminal.say(`${ended.leftOut} branches and tags are left out: their names are not allowed here.`);
    terminal.say(`Imported ${name}. Get it: hivectl forge git clone hive:${name}`);
  });

  const imports = forge.command('imports').description('imports that run, and those of the last hour');
  examples(imports, [['hivectl forge imports', '']]);
  defineList(imports, context, {
    read: () => ({}),
    ask: () => context.forge.call('listImports', {}),
    items: (answer) => answer.imports,
    columns: [
      { title: 'REPOSITORY', value: ({ owner, name }) => `${owner}/${name}` },
      { title: 'FROM', shrinkTo: 16, value: ({ url }) => url },
      {
        title: 'STATE',
        shrinkTo: 16,
        value: (view) => (view.state === 'running' ? sayProgress(view) : (view.error ?? view.state)),
      },
      { title: 'BEGAN', value: ({ startedAt }, now) => saySince(startedAt, now) },
    ],
    empty: () => 'Nothing is being imported. Begin: hivectl forge import URL OWNER/NAME',
  });
}

/** Waits for the end of an import; `hear` gets what changed. An interrupt cancels it. */
async function follow(
  context: CliContext,
  { owner, name }: Pick<ImportView, 'owner' | 'name'>,
  hear: (view: ImportView) => void,
): Promise<ImportView> {
  let last = '';
  for (;;) {
    if (context.signal.aborted) {
      await context.forge.call('cancelImport', { owner, name });
      throw new HiveError('interrupted', 'The import is cancelled; nothing of it is kept.');
    }
    const { imports } = await context.forge.call('listImports', {});
    const view = imports.find((one) => one.owner === owner && one.name === name);
    if (view === undefined)
      throw new HiveError(
        'service_unavailable',
        'The forge was restarted during the import, and nothing of it is kept. Begin it again.',
      );
    if (view.state !== 'running') return view;
    const words = sayProgress(view);
    if (words !== last) hear(view);
    last = words;
    await pause(LOOK_EVERY_MS, context.signal);
  }
}

const STEPS: Readonly<Record<ImportView['step'], string>> = {
  waiting: 'waits for other transfers',
  asking: 'asks what is there',
  fetching: 'fetches',
  checking: 'checks and stores',
};

function sayProgress({ step, percent }: ImportView): string {
  return `${STEPS[step]}${percent === null ? '' : ` ${percent}%`}`;
}

/** Throws `invalid_input` with the reason why it is no address that the hive may use. */
export function readUrl(text = ''): string {
  const read = readOutsideUrl(text);
  if (typeof read === 'string') throw new HiveError('invalid_input', read);
  return read.url;
}
