import type { Command } from 'commander';
import type { OpOutput } from '../../../../protocol/op.ts';
import type { operatorSurface } from '../../../../protocol/operations/operator.ts';
import type { CliContext } from '../../context.ts';
import { oneLine } from '../../output/clean-text.ts';
import { define, examples, given, ifGiven, readName } from '../command.ts';
import { readBody } from './read-mail.ts';

type Injected = OpOutput<(typeof operatorSurface)['inject']>;

export function addInjectCommand(program: Command, context: CliContext): void {
  const inject = program
    .command('inject')
    .description("say something into an agent's running turn, without ending it")
    .argument('NAME', 'the agent')
    .argument('[TEXT...]', 'the text; "-" or none reads it from stdin')
    .option('--key <key>', 'the same key twice within a day is one message');
  examples(inject, [
    [
      'hivectl inject scout "leave the tests alone, they are being rewritten"',
      'the model reads it with its next request',
    ],
    ['hivectl inject scout - < plan.md', 'from stdin'],
  ]);
  define(inject, context, async (terminal, options, [agent, ...words]) => {
    const name = readName(agent);
    const text = await readBody(context, words, 'hivectl inject NAME "…"');
    const told = await context.hive.call('inject', { name, text, ...given('key', ifGiven(options['key'], String)) });
    terminal.print(told);
    terminal.paragraph(`#${told.message}: ${sayInto(name, told)}`, 0);
    terminal.say(`When it was read: hivectl receipts ${told.message}`);
  });
}

function sayInto(name: string, { into, turn, waiting }: Injected): string {
  switch (into) {
    case 'running_turn':
      return `said into turn ${turn ?? '?'} of ${name}.`;
    case 'end_of_turn':
      return `${name} reads it at the end of turn ${turn ?? '?'}: its driver cannot speak into a turn.`;
    case 'next_turn':
      return `${name} has no turn running; this begins one.`;
    case 'waits':
      return `${name} has no turn running, and none begins now: ${oneLine(waiting?.reason ?? 'it waits')}.`;
  }
}
