import type { Command } from 'commander';
import * as z from 'zod';
import { HiveError } from '../../../protocol/errors.ts';
import { type AgentName, agentName } from '../../../protocol/names.ts';
import type { CliContext } from '../context.ts';
import { createTerminal, type Terminal } from '../output/terminal.ts';

/** An option's value as commander parsed it; a list when it may be given several times. */
export type OptionValue = string | boolean | readonly string[] | undefined;
/** A command line's options. */
export type Options = Readonly<Record<string, OptionValue>>;

/** Adds the options of every command, and gives its action a terminal with the requested output format. */
export function define(
  command: Command,
  context: CliContext,
  action: (terminal: Terminal, options: Options, args: string[]) => Promise<number | void>,
): Command {
  command.option('--json', 'answer in JSON, for programs; errors too, on stderr');
  command.action(async (...all: unknown[]) => {
    const options = command.optsWithGlobals<Options>();
    const terminal = createTerminal(context.io, options['json'] === true);
    // commander passes the arguments first (absent ones as undefined at the end), then the options and the command
    // itself.
    const args = all
      .slice(0, -2)
      .flat()
      .filter((arg) => arg !== undefined)
      .map(String);
    const code = await action(terminal, options, args);
    if (code !== undefined) exitCodes.set(context, code);
  });
  return command;
}

/** The exit code that a command's action returned, for main: most return nothing, which is 0. */
export const exitCodes = new WeakMap<CliContext, number>();

/** Examples under a command's help. */
export function examples(command: Command, lines: readonly (readonly [example: string, meaning: string])[]): Command {
  const width = Math.max(...lines.map(([example]) => example.length));
  const text = lines.map(([example, meaning]) => `  ${example.padEnd(width)}  ${meaning}`.trimEnd()).join('\n');
  return command.addHelpText('after', `\nExamples:\n${text}`);
}

/** Collects the values of an option that may be given several times. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** `key: value`, or an empty object without a value: for inputs whose optional fields must not be undefined. */
export function given<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}

/** An option's value parsed by `read`, or undefined when it was not given. */
export function ifGiven<T>(value: OptionValue, read: (text: string) => T): T | undefined {
  return value === undefined ? undefined : read(String(value));
}

/** An agent's name as typed. Throws `invalid_name`. */
export function readName(text: string | undefined): AgentName {
  const parsed = agentName.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new HiveError(
    'invalid_name',
    `"${text ?? ''}" cannot be an agent's name: ${parsed.error.issues[0]?.message ?? ''}.`,
  );
}

const wholeNumber = z.coerce.number().int().positive();

/** The number of items a list shows: the option `--count`, or `otherwise`. Throws `invalid_input`. */
export function readCount(options: Options, otherwise: number): number {
  return options['count'] === undefined ? otherwise : readNumber(options['count'], '--count');
}

/** A whole number above zero, as typed. Throws `invalid_input`, naming `what` was expected. */
export function readNumber(text: OptionValue, what: string): number {
  const parsed = typeof text === 'string' && text.trim() !== '' ? wholeNumber.safeParse(text) : null;
  if (parsed?.success === true) return parsed.data;
  throw new HiveError('invalid_input', `${what} is a whole number above 0, not "${String(text)}".`);
}
