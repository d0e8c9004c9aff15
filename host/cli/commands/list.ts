import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { type ItemColumn, sayTable } from '../output/say-table.ts';
import type { Terminal } from '../output/terminal.ts';
import { define, type Options } from './command.ts';

/**
 * A list from the hive or the forge: with --json the answer itself, otherwise a table, or a sentence when it is empty.
 */
export interface List<Query, Answer, Item> {
  /** Parses the command line into a query. Throws `invalid_input`, before any call is made. */
  read(options: Options, args: readonly string[]): Query;
  ask(query: Query): Promise<Answer>;
  items(answer: Answer): readonly Item[];
  readonly columns: readonly ItemColumn<Item>[];
  /**
   * Shown instead of an empty table: why it is empty, and how to create an item. Without it the table's head is shown.
   */
  empty?(query: Query): string;
  /** Writes below the table: further information, and the next command to type. */
  below?(terminal: Terminal, answer: Answer, query: Query): void;
}

/** Makes a command show a list. */
export function defineList<Query, Answer, Item>(
  command: Command,
  context: CliContext,
  list: List<Query, Answer, Item>,
): Command {
  return define(command, context, (terminal, options, args) => showList(terminal, list, { context, options, args }));
}

/** Fetches a list and shows it: for a command whose options choose between lists. */
export async function showList<Query, Answer, Item>(
  terminal: Terminal,
  list: List<Query, Answer, Item>,
  { context, options, args }: { context: CliContext; options: Options; args: readonly string[] },
): Promise<void> {
  const query = list.read(options, args);
  const answer = await list.ask(query);
  terminal.print(answer);
  const items = list.items(answer);
  if (items.length === 0 && list.empty !== undefined) return terminal.say(list.empty(query));
  sayTable(terminal, list.columns, { items, now: context.now() });
  list.below?.(terminal, answer, query);
}
