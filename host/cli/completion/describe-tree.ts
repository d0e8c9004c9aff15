import type { Command, Option } from 'commander';

/** A command as completion sees it. */
export interface CommandNode {
  /** The words that lead to it, e.g. `['provider', 'set']`; empty for hivectl itself. */
  readonly path: readonly string[];
  readonly description: string;
  readonly subcommands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly {
    readonly flag: string;
    readonly short: string | null;
    readonly description: string;
    /** What its value can be, when the hive or the command knows. */
    readonly values: Values | null;
  }[];
  /** What its first arguments can be. */
  readonly takes: Names | null;
}

/** Names that the hive is asked for: agents, topics, or whoever a message can be for. */
export type Names = 'agents' | 'topics' | 'recipients';
/** What may stand behind an option. */
export type Values = Names | readonly string[];

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
          values: valuesOf(option),
        })),
      takes: namesOf(command),
    },
    ...children.flatMap((child) => visit(child, [...path, child.name()])),
  ];
}

function namesOf(command: Command): Names | null {
  switch (command.registeredArguments[0]?.name()) {
    // A new agent's name is nobody's yet.
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

/** Commands that only programs call begin with "__". */
function isHidden(command: Command): boolean {
  return command.name().startsWith('__');
}
