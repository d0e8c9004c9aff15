import type { Command } from 'commander';

/** A command as completion sees it. */
export interface CommandNode {
  /** The words that lead to it, e.g. `['provider', 'set']`; empty for hivectl itself. */
  readonly path: readonly string[];
  readonly description: string;
  readonly subcommands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly { readonly flag: string; readonly short: string | null; readonly description: string }[];
  /** Its arguments are agents' names. */
  readonly takesAgents: boolean;
}

/** Every command that people see, outer ones first. */
export function describeTree(root: Command): CommandNode[] {
  return visit(root, []);
}

function visit(command: Command, path: readonly string[]): CommandNode[] {
  const children = command.commands.filter((child) => !isHidden(child));
  return [
    {
      path,
      description: command.description(),
      subcommands: children.map((child) => ({ name: child.name(), description: child.description() })),
      options: command
        .createHelp()
        .visibleOptions(command)
        .map((option) => ({
          flag: option.long ?? option.short ?? '',
          short: option.short ?? null,
          description: option.description,
        })),
      // A new agent's name is nobody's yet.
      takesAgents: command.registeredArguments[0]?.name() === 'NAME' && command.name() !== 'create',
    },
    ...children.flatMap((child) => visit(child, [...path, child.name()])),
  ];
}

/** Commands that only programs call begin with "__". */
function isHidden(command: Command): boolean {
  return command.name().startsWith('__');
}
