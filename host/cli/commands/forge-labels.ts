import type { Command } from 'commander';
import type { RepoLabel } from '../../../protocol/schemas/label.ts';
import type { CliContext } from '../context.ts';
import type { ItemColumn } from '../output/say-table.ts';
import { define, examples, given, ifGiven } from './command.ts';
import { defineList } from './list.ts';
import { readRepoPath } from './read-repo-path.ts';

/** `hivectl forge label`. */
export function addForgeLabels(forge: Command, context: CliContext): void {
  const label = forge.command('label').description('labels of a repository, for its pull requests');
  const ls = label.command('ls').description('the labels of a repository').argument('OWNER/NAME', 'e.g. web/app');
  examples(ls, [['hivectl forge label ls web/app', '']]);
  defineList(ls, context, {
    read: (_options, [path]) => readRepoPath(path),
    ask: (repo) => context.forge.call('listLabels', repo),
    items: ({ labels }) => labels,
    columns: COLUMNS,
    empty: ({ owner, name }) =>
      `${owner}/${name} has no labels. Make one: hivectl forge label set ${owner}/${name} bug --color "#d73a4a"`,
  });

  const set = label
    .command('set')
    .description('make a label, or change it')
    .argument('OWNER/NAME', 'e.g. web/app')
    .argument('LABEL', 'its name')
    .option('--color <color>', '"#" and six hexadecimal digits')
    .option('--description <text>', 'what it is for')
    .option('--rename <name>', 'another name; pull requests keep it');
  examples(set, [
    ['hivectl forge label set web/app bug --color "#d73a4a" --description "something is broken"', ''],
    ['hivectl forge label set web/app bug --rename defect', ''],
  ]);
  define(set, context, async (terminal, options, [path, name = '']) => {
    const repo = readRepoPath(path);
    const wish = {
      ...given('color', ifGiven(options['color'], String)),
      ...given('description', ifGiven(options['description'], String)),
      ...given('newName', ifGiven(options['rename'], String)),
    };
    terminal.print(await context.forge.call('setLabel', { ...repo, label: name, ...wish }));
    terminal.say(`${repo.owner}/${repo.name} has the label ${wish.newName ?? name}.`);
  });

  const rm = label
    .command('rm')
    .description('remove a label, also from the pull requests that have it')
    .argument('OWNER/NAME', 'e.g. web/app')
    .argument('LABEL', 'its name');
  examples(rm, [['hivectl forge label rm web/app bug', '']]);
  define(rm, context, async (terminal, _options, [path, name = '']) => {
    const repo = readRepoPath(path);
    terminal.print(await context.forge.call('removeLabel', { ...repo, label: name }));
    terminal.say(`${repo.owner}/${repo.name} has no label ${name} any more.`);
  });
}

const COLUMNS: readonly ItemColumn<RepoLabel>[] = [
  { title: 'LABEL', value: ({ name }) => name },
  { title: 'COLOR', value: ({ color }) => color },
  { title: 'OPEN', align: 'right', value: ({ openPulls }) => String(openPulls) },
  { title: 'DESCRIPTION', shrinkTo: 16, value: ({ description }) => description },
];
