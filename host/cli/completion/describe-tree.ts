import type { Command, Option } from 'commander';

/** A command for completion. */
export interface CommandNode {
  /** The words that lead to it, e.g. `['provider', 'set']`; empty for hivectl itself. */
  readonly path: readonly string[];
  readonly description: string;
  readonly subcommands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly {
    readonly flag: string;
    readonly short: string | null;
    readonly description: string;
    /** The possible values, when the hive or the command knows them. */
    readonly values: Values | null;
  }[];
  /** The possible first arguments. */
  readonly takes: Names | null;
}

/** Names that completion asks the hive for: agents, topics, or all recipients of messages. */
export type Names = 'agents' | 'topics' | 'recipients';
/** The possible values of an option. */
export type Values = Names | readonly string[];

/** Every visible command, outer ones first. */
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
          values: valuesOf(option),
        })),
      takes: namesOf(command),
    },
    ...children.flatMap((child) => visit(child, [...path, child.name()])),
  ];
}

function namesOf(command: Command): Names | null {
  switch (command.registeredArguments[0]?.name()) {
    // The name of a new agent cannot be completed.
    case 'NAME':
      return command.name() === 'create' ? null : 'agents';
    case 'AGENT':
      return 'agents';
    case 'TO':
      return 'recipients';
    case 'TOPIC':
      return 'topics';
    default:
      return null;
  }
}

/** Options that take an agent's name. */
const OF_AGENTS: ReadonlySet<string> = new Set(['--of', '--agent', '--parent']);

function valuesOf(option: Option): Values | null {
  if (option.argChoices !== undefined) return option.argChoices;
  return OF_AGENTS.has(option.long ?? '') ? 'agents' : null;
}

/** Commands that only programs call; their names begin with "__". */
function isHidden(command: Command): boolean {
  return command.name().startsWith('__');
}
