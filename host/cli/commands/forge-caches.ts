import type { Command } from 'commander';
import prettyBytes from 'pretty-bytes';
import { HiveError } from '../../../protocol/errors.ts';
import type { CacheView } from '../../../protocol/schemas/check.ts';
import type { CliContext } from '../context.ts';
import { saySince } from '../output/say-figures.ts';
import type { ItemColumn } from '../output/say-table.ts';
import { define, examples } from './command.ts';
import { defineList } from './list.ts';
import { readRepoPath } from './read-repo-path.ts';

/** `hivectl forge check cache`: what runs of checks saved for later ones. */
export function addForgeCaches(check: Command, context: CliContext): void {
  const cache = check.command('cache').description('what runs of checks saved for later ones');
  const ls = cache
    .command('ls')
    .description('the caches of a repository, those that were used last first')
    .argument('OWNER/NAME', 'e.g. web/app');
  examples(ls, [['hivectl forge check cache ls web/app', '']]);
  defineList(ls, context, {
    read: (_options, [path]) => readRepoPath(path),
    ask: (repo) => context.forge.call('listCheckCaches', repo),
    items: ({ caches }) => caches,
    columns: COLUMNS,
    empty: () => 'There is none. A check declares them with "cache" in .hive/checks.yaml.',
  });

  const rm = cache
    .command('rm')
    .description('delete a cache, or all of a repository: later runs begin without')
    .argument('OWNER/NAME', 'e.g. web/app')
    .argument('[CACHE]', 'its number in "cache ls"; without it: all');
  examples(rm, [
    ['hivectl forge check cache rm web/app 3', ''],
    ['hivectl forge check cache rm web/app', 'all of them'],
  ]);
  define(rm, context, async (terminal, _options, [path, number]) => {
    const repo = readRepoPath(path);
    const only = number === undefined ? {} : { cache: readCache(number) };
    const answer = await context.forge.call('removeCheckCaches', { ...repo, ...only });
    terminal.print(answer);
    terminal.say(`${answer.removed} ${answer.removed === 1 ? 'cache is' : 'caches are'} deleted.`);
  });
}

const COLUMNS: readonly ItemColumn<CacheView>[] = [
  { title: 'CACHE', align: 'right', value: ({ id }) => String(id) },
  { title: 'BRANCH', value: ({ branch }) => branch },
  { title: 'SIZE', align: 'right', value: ({ bytes }) => prettyBytes(bytes) },
  { title: 'STATE', value: ({ counts }) => (counts ? 'counts' : 'waits for a merge') },
  { title: 'USED', value: ({ usedAt }, now) => saySince(usedAt, now) },
  { title: 'RUN', align: 'right', value: ({ run }) => (run === null ? '' : String(run)) },
  { title: 'KEY', shrinkTo: 16, value: ({ key }) => key },
];

function readCache(typed: string): number {
  if (/^[1-9]\d{0,14}$/.test(typed)) return Number(typed);
  throw new HiveError('invalid_input', `"${typed}" is not the number of a cache: "cache ls" shows them.`);
}
