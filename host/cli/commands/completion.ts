import type { Command } from 'commander';
import { HiveError } from '../../../protocol/errors.ts';
import { describeTree } from '../completion/describe-tree.ts';
import { SHELLS, type Shell, writeScript } from '../completion/write-script.ts';
import { OPERATOR } from '../../../protocol/names.ts';
import type { CliContext } from '../context.ts';
import { define, examples } from './command.ts';

export function addCompletionCommand(program: Command, context: CliContext): void {
  const completion = program
    .command('completion')
    .description('a completion script for your shell')
    .argument('SHELL', SHELLS.join(', '));
  examples(completion, [
    ['source <(hivectl completion bash)', 'in ~/.bashrc'],
    ['source <(hivectl completion zsh)', 'in ~/.zshrc'],
    ['hivectl completion fish | source', 'in config.fish'],
  ]);
  define(completion, context, async (terminal, _options, [shell]) => {
    if (!isShell(shell))
      throw new HiveError('invalid_input', `There is completion for ${SHELLS.join(', ')}, not for "${shell ?? ''}".`);
    const script = writeScript(shell, describeTree(program));
    terminal.print({ shell, script });
    terminal.say(script);
  });

  // Called by the completion scripts: names, one a line; no output when no hive runs.
  const agents = () =>
    context.hive.call('listAgents', {}, { timeoutMs: 1_000 }).then(
      (list) => list.agents.map(({ name }) => String(name)),
      () => [],
    );
  const topics = () =>
    context.hive.call('listTopics', {}, { timeoutMs: 1_000 }).then(
      (list) => list.topics.map(({ topic }) => topic),
      () => [],
    );
  const lists = {
    __agents: agents,
    // "#" begins a comment in the shell, and commands accept topics without it.
    __topics: async () => (await topics()).map((topic) => topic.slice(1)),
    __recipients: async () => [...(await agents()), OPERATOR, '@children'],
  };
  for (const [name, list] of Object.entries(lists))
    define(program.command(name, { hidden: true }), context, async (terminal) => {
      for (const each of await list()) terminal.say(each);
    });
}

function isShell(text: string | undefined): text is Shell {
  return SHELLS.includes(text as Shell);
}
