import type { Command } from 'commander';
import { HiveError } from '../../../protocol/errors.ts';
import { confirm } from '../ask.ts';
import type { CliContext } from '../context.ts';
import { define, examples, readName } from './command.ts';

export function addDestroyCommand(program: Command, context: CliContext): void {
  const destroy = program
    .command('destroy')
    .description('remove an agent and its box; its files go into an archive')
    .argument('NAME', 'the agent')
    .option('--purge <NAME>', 'keep no archive; repeat the name to say that you mean it')
    .option('-y, --yes', 'do not ask');
  examples(destroy, [
    ['hivectl destroy scout', 'asks, then archives its files'],
    ['hivectl destroy scout --purge scout', 'deletes its files for good'],
  ]);
  define(destroy, context, async (terminal, options, [text]) => {
    const name = readName(text);
    const purge = options['purge'] === undefined ? undefined : String(options['purge']);
    if (purge !== undefined && purge !== name) throw new HiveError('name_mismatch');
    // Typing the name again counts as the confirmation.
    if (options['yes'] !== true && purge === undefined) {
      // No confirmation for an agent that does not exist.
      if (context.io.stdin.isTTY === true) await context.hive.call('getAgent', { name });
      await confirm(context, `Remove ${name} and its box? Its files are archived.`);
    }
    const answer = await context.hive.call('destroyAgent', purge === undefined ? { name } : { name, purge }, {
      timeoutMs: 300_000,
    });
    terminal.print(answer);
    terminal.say(
      answer.archive === null
        ? `${name} is gone, and so are its files.`
        : `${name} is gone. Its files: ${answer.archive}\nBring it back: hivectl restore ${name}`,
    );
  });
}
