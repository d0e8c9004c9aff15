import type { Command } from 'commander';
import type { CliContext } from '../../context.ts';
import { sayMessage } from '../../output/say-message.ts';
import { sayReceiptSteps } from '../../output/say-receipt.ts';
import { define, examples } from '../command.ts';
import { readId } from './read-mail.ts';

export function addReceiptsCommand(program: Command, context: CliContext): void {
  const receipts = program
    .command('receipts')
    .description('where a message is, for each recipient: every step with its time')
    .argument('ID', "the message's number");
  examples(receipts, [['hivectl receipts 42', 'was it read?']]);
  define(receipts, context, async (terminal, _options, [text]) => {
    const answer = await context.hive.call('getMessage', { id: readId(text, "A message's number") });
    terminal.print(answer);
    const { message } = answer;
    const now = context.now();
    sayMessage(terminal, { ...message, receipts: [] }, { now });
    if (message.receipts.length === 0) terminal.say('  It was for nobody: there was no other agent.');
    for (const receipt of message.receipts) sayReceiptSteps(terminal, receipt, now);
  });
}
