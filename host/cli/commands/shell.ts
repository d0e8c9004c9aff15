import type { Command } from 'commander';
import { HiveError } from '../../../protocol/errors.ts';
import { ENDED_UNSEEN, sayTerminalEnd } from '../../../protocol/terminal-words.ts';
import type { CliContext } from '../context.ts';
import type { Terminal } from '../output/terminal.ts';
import { type TerminalEnding, useTerminal } from '../terminal/use-terminal.ts';
import { define, examples, readName } from './command.ts';

export function addShellCommand(program: Command, context: CliContext): void {
  const shell = program
    .command('shell')
    .description("a shell in an agent's box, as the box's own user; Enter ~ . leaves it when it hangs")
    .argument('NAME', 'the agent');
  examples(shell, [['hivectl shell scout', "look around in scout's box; exit leaves it"]]);
  define(shell, context, async (terminal, _options, [text]) => {
    refuseJson(terminal);
    const end = await useTerminal(context, { name: readName(text), kind: 'shell' });
    return reportEnd(terminal, end);
  });
}

export function refuseJson(terminal: Terminal): void {
  if (terminal.json) throw new HiveError('invalid_input', 'A terminal has no JSON output. Leave out --json.');
}

/** Says why a terminal ended, unless its program did; returns hivectl's exit code, which is the program's. */
export function reportEnd(terminal: Terminal, end: TerminalEnding | null): number {
  if (end === null) {
    terminal.note('\nYou left the terminal.');
    return 0;
  }
  if (end.why === 'unseen') terminal.note(`\n${ENDED_UNSEEN}`);
  else if (end.why !== 'exited') terminal.note(`\nThe terminal ended: ${sayTerminalEnd(end.why, end.exitCode)}.`);
  return end.exitCode ?? (end.why === 'exited' ? 0 : 1);
}
