import { type Command, Option } from 'commander';
import { egressTerm } from '../../../protocol/egress.ts';
import { KIND_WORDS } from '../../../protocol/egress-words.ts';
import type { ApprovalAnswer, EgressRuleView } from '../../../protocol/schemas/egress.ts';
import type { CliContext } from '../context.ts';
import { sayAgo } from '../output/say-figures.ts';
import type { Terminal } from '../output/terminal.ts';
import { define, examples, readNumber } from './command.ts';
import { defineList } from './list.ts';
import { sayRuleLine } from './egress.ts';

export function addApprovalCommands(program: Command, context: CliContext): void {
  const approvals = program.command('approvals').description('hosts that agents ask for, waiting for your answer');
  examples(approvals, [['hivectl approvals', '']]);
  defineList(approvals, context, {
    read: () => ({}),
    ask: () => context.hive.call('listApprovals', {}),
    items: (answer) => answer.approvals,
    columns: [
      { title: 'ID', align: 'right', value: ({ id }) => String(id) },
      { title: 'AGENT', value: ({ agent }) => agent },
      { title: 'HOST', shrinkTo: 16, value: ({ host, port }) => `${host}:${port}` },
      { title: 'BY', value: ({ kind }) => KIND_WORDS[kind] },
      { title: 'ASKED', value: ({ createdAt }, now) => sayAgo(createdAt, now) },
      { title: 'STATE', value: ({ waitsUntil }, now) => (waitsUntil > now ? 'the request waits' : 'for the next try') },
    ],
    empty: () => 'No agent asks for a host.',
  });

  const approve = program
    .command('approve')
    .description('let an agent reach the host that it asks for')
    .argument('ID', 'its number in "approvals"')
    .addOption(
      new Option('--for <term>', 'turn: until its turn ends (default); once: for one connection; always').choices(
        egressTerm.options,
      ),
    )
    .addOption(new Option('--all', 'let every agent reach it, always').conflicts('for'));
  examples(approve, [
    ['hivectl approve 3', 'until its turn ends'],
    ['hivectl approve 3 --all', 'for every agent, always'],
  ]);
  define(approve, context, async (terminal, options, [id]) => {
    const answer = options['all'] === true ? 'all' : egressTerm.parse(options['for'] ?? 'turn');
    say(terminal, await send(context, id, answer));
  });

  const refuse = program
    .command('refuse')
    .description('keep an agent from the host that it asks for, until its turn ends')
    .argument('ID', 'its number in "approvals"');
  examples(refuse, [['hivectl refuse 3', '']]);
  define(refuse, context, async (terminal, _options, [id]) => say(terminal, await send(context, id, 'no')));
}

function send(context: CliContext, id: string | undefined, answer: ApprovalAnswer) {
  return context.hive.call('answerApproval', { id: readNumber(id, 'An approval’s ID'), answer });
}

function say(terminal: Terminal, answer: { rule: EgressRuleView }): void {
  terminal.print(answer);
  terminal.say(sayRuleLine(answer.rule));
}
