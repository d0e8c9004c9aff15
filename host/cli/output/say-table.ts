import { type Column, fitTable } from './fit-table.ts';
import type { Terminal } from './terminal.ts';

/** A column of a table of items: its title, its width limits, and the text of an item's cell. */
export interface ItemColumn<Item> extends Column {
  /** The cell's text; it may contain anything, the table cleans it. `now` is in epoch milliseconds. */
  value(item: Item, now: number): string;
}

/** A table for people with a line for each item, in the terminal's width. */
export function sayTable<Item>(
  terminal: Terminal,
  columns: readonly ItemColumn<Item>[],
  { items, now }: { items: readonly Item[]; now: number },
): void {
  const rows = items.map((item) => columns.map((column) => column.value(item, now)));
  const [head = '', ...lines] = fitTable(columns, rows, terminal.width);
  terminal.say(terminal.style('bold', head));
  for (const line of lines) terminal.say(line);
}
