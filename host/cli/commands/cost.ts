import { type Command, Option } from 'commander';
import { HiveError } from '../../../protocol/errors.ts';
import { costGroup, costSpan } from '../../../protocol/operations/money.ts';
import type { CliContext } from '../context.ts';
import { sayCost, sayCount } from '../output/say-figures.ts';
import { examples } from './command.ts';
import { defineList } from './list.ts';

export function addCostCommand(program: Command, context: CliContext): void {
  const cost = program
    .command('cost')
    .description('what calls to models cost: today, this week or this month')
    .argument('[SPAN]', costSpan.options.join(', '), 'today')
    .addOption(new Option('--by <group>', 'sums by').choices(costGroup.options).default('agent'));
  examples(cost, [
    ['hivectl cost', 'today, by agent'],
    ['hivectl cost month --by model', ''],
    ['hivectl cost week --by day --json', ''],
  ]);
  defineList(cost, context, {
    read: (options, [span]) => ({ span: readSpan(span), by: costGroup.parse(options['by']) }),
    ask: (query) => context.hive.call('listCosts', query),
    items: ({ rows }) => rows,
    columns: [
      { title: 'OF', value: ({ key }) => (key === '' ? 'gone' : key) },
      { title: 'CALLS', value: ({ calls }) => String(calls) },
      { title: 'IN', value: ({ usage }) => sayCount(usage.inputTokens) },
      { title: 'CACHED', value: ({ usage }) => sayCount(usage.cacheReadTokens + usage.cacheWriteTokens) },
      { title: 'OUT', value: ({ usage }) => sayCount(usage.outputTokens) },
      { title: 'COST', value: ({ usage }) => sayCost(usage) },
    ],
    empty: ({ span }) => `No model was called ${span === 'today' ? 'today' : `this ${span}`}.`,
    below(terminal, { total, rows, timeZone }) {
      if (rows.length > 1) terminal.say(`Together: ${total.calls} calls, ${sayCost(total.usage)}.`);
      if (total.usage.unpricedCalls > 0)
        terminal.say(`${total.usage.unpricedCalls} calls have no known price and are not in the cost.`);
      terminal.say(`Days are those of ${timeZone}. The provider's invoice is what counts.`);
    },
  });
}

function readSpan(text: string | undefined) {
  const parsed = costSpan.safeParse(text ?? 'today');
  if (parsed.success) return parsed.data;
  throw new HiveError('invalid_input', `Costs are listed for ${costSpan.options.join(', ')}, not "${text ?? ''}".`);
}
