import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { define, examples } from './command.ts';

export function addUpCommands(program: Command, context: CliContext): void {
  const up = program
    .command('up')
    .description('set up whatever is missing, start the hive, and print a sign-in link')
    .option('--foreground', 'run the hive in this terminal until Ctrl-C')
    .option('--restart', 'replace a running hived by this build; boxes keep running');
  examples(up, [
    ['hivectl up', 'start in the background; says so if it runs already'],
    ['hivectl up --restart', 'after an update: only hived and its services restart'],
    ['hivectl up --foreground', 'for a service manager'],
  ]);
  define(up, context, async (terminal, options) => {
    // Imported lazily: most commands do not need the engine's client.
    const { bringUp } = await import('../setup/bring-up.ts');
    return bringUp(context, terminal, {
      foreground: options['foreground'] === true,
      restart: options['restart'] === true,
    });
  });

  const setup = program
    .command('setup')
    .description('set up whatever is missing (engine, base image, toolchain), without starting anything')
    .option('--for-tests', 'what the tests need: also a browser, but no hive directory');
  examples(setup, [['hivectl setup', 'what "hivectl up" does before it starts hived']]);
  define(setup, context, async (terminal, options) => {
    const { setUpHive, setUpTests } = await import('../setup/bring-up.ts');
    await (options['forTests'] === true ? setUpTests : setUpHive)(context, terminal);
    terminal.print({ ready: true });
  });
}
