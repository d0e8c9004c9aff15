import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { oneLine } from '../output/clean-text.ts';
import { define, examples, readName } from './command.ts';

export function addNoteCommand(program: Command, context: CliContext): void {
  const note = program
    .command('note')
    .description(
      'write what an agent works on, in one line that ps and the page show; without TEXT the line is taken away',
    )
    .argument('AGENT', 'the agent; it may write its own with its tool "note"')
    .argument('[TEXT...]', 'the line');
  examples(note, [
    ['hivectl note scout reads the changelog of all dependencies', 'shown by hivectl ps'],
    ['hivectl note scout', 'takes it away'],
  ]);
  define(note, context, async (terminal, _options, [agent, ...words]) => {
    const name = readName(agent);
    const answer = await context.hive.call('setNote', { name, text: words.join(' ') });
    terminal.print(answer);
    terminal.say(answer.note === '' ? `${name} has no note.` : `${name}: ${oneLine(answer.note)}`);
  });
}
