import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { type ItemColumn, sayTable } from '../output/say-table.ts';
import type { Terminal } from '../output/terminal.ts';
import { define, type Options } from './command.ts';

/** A list that the hive or the forge answers: with --json the answer as it came, else a table, or a sentence where there is nothing. */
export interface List<Query, Answer, Item> {
  /** The command line as a query. Throws `invalid_input`, before anything is asked. */
  read(options: Options, args: readonly string[]): Query;
  ask(query: Query): Promise<Answer>;
  items(answer: Answer): readonly Item[];
  readonly columns: readonly ItemColumn<Item>[];
  /** Said instead of a table without items: why there are none, and what makes one. Without it the table's head is shown. */
  empty?(query: Query): string;
  /** What stands below the table: what else there is to know, and what to type next. */
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

/** Asks for a list and shows it: for a command whose options choose between lists. */
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
