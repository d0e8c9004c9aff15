import type { Command } from 'commander';
import type { CliContext } from '../../context.ts';
import { define, examples, given, ifGiven, readNumber } from '../command.ts';
import { readPullPath } from './read-pull-path.ts';

/** `hivectl pr update`, `revert` and `apply`. */
export function addPullMoves(pr: Command, context: CliContext): void {
  const update = pr
    .command('update')
    .description('bring the commits of the base into the branch of a pull request; you count as having pushed to it')
    .argument('OWNER/NAME#NUMBER', 'e.g. web/app#12')
    .option('--rebase', "make the branch's commits anew on the base, instead of a merge commit")
    .option('--commit <id>', 'the commit that you mean: a newer one is not changed by mistake');
  examples(update, [
    ['hivectl pr update web/app#12', ''],
    ['hivectl pr update web/app#12 --rebase', 'without a merge commit'],
  ]);
  define(update, context, async (terminal, options, [path]) => {
    const answer = await context.forge.call('updatePull', {
      ...readPullPath(path),
      method: options['rebase'] === true ? 'rebase' : 'merge',
      ...given('commit', ifGiven(options['commit'], String)),
    });
    const { owner, name, number, base, commit } = answer.pull;
    terminal.print(answer);
    terminal.say(`${owner}/${name}#${number} has every commit of ${base} now. Its newest commit is ${commit}.`);
  });

  const apply = pr
    .command('apply')
    .description('commit what a comment suggests in place of its line; you count as having pushed it')
    .argument('OWNER/NAME#NUMBER', 'e.g. web/app#12')
    .argument('ID', 'of the comment, as "hivectl pr show" numbers it');
  examples(apply, [['hivectl pr apply web/app#12 345', '']]);
  define(apply, context, async (terminal, _options, [path, id]) => {
    const entry = readNumber(id, 'ID');
    const answer = await context.forge.call('applySuggestion', { ...readPullPath(path), entry });
    terminal.print(answer);
    terminal.say(`It is committed: the newest commit of ${path ?? ''} is ${answer.pull.commit}.`);
  });

  const revert = pr
    .command('revert')
    .description('open a pull request that takes a merged one back')
    .argument('OWNER/NAME#NUMBER', 'e.g. web/app#12');
  examples(revert, [['hivectl pr revert web/app#12', '']]);
  define(revert, context, async (terminal, _options, [path]) => {
    const answer = await context.forge.call('revertPull', readPullPath(path));
    const { owner, name, number, head, base } = answer.pull;
    terminal.print(answer);
    terminal.say(`${owner}/${name}#${number} is open: it takes ${path ?? ''} back (${head} into ${base}).`);
  });
}
