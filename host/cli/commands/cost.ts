import { type Command, Option } from 'commander';
import { stringify } from 'csv-stringify/sync';
import type * as z from 'zod';
import { HiveError } from '../../../protocol/errors.ts';
import type { OpOutput } from '../../../protocol/op.ts';
import { costGroup, costSpan, type moneyOperations } from '../../../protocol/operations/money.ts';
import type { CliContext } from '../context.ts';
import { sayCost, sayCount } from '../output/say-figures.ts';
import { define, examples } from './command.ts';
import { addReconcileCommand } from './reconcile.ts';
import { type List, showList } from './list.ts';

export function addCostCommand(program: Command, context: CliContext): void {
  const cost = program
    .command('cost')
    .description('what calls to models cost: today, this week or this month')
    .argument('[SPAN]', costSpan.options.join(', '), 'today')
    .addOption(new Option('--by <group>', 'sums by').choices(costGroup.options).default('agent'))
    .addOption(new Option('--csv', 'for a spreadsheet: a line per sum').conflicts('json'));
  examples(cost, [
    ['hivectl cost', 'today, by agent'],
    ['hivectl cost month --by model', ''],
    ['hivectl cost month --by project', 'agents in several projects are a sum of their own, e.g. docs+web'],
    ['hivectl cost week --by day --json', ''],
    ['hivectl cost month --by agent --csv > cost.csv', ''],
  ]);
  addReconcileCommand(cost, context);
  define(cost, context, async (terminal, options, args) => {
    const list = listCosts(context, options['by'] === 'project' ? 'no project' : 'gone');
    if (options['csv'] !== true) return showList(terminal, list, { context, options, args });
    const query = list.read(options, args);
    terminal.raw(toCsv(query.by, await list.ask(query)));
  });
}

/** `nameless`: what is said of a sum without a name. */
function listCosts(context: CliContext, nameless: string): List<Query, Costs, Costs['rows'][number]> {
  return {
    read: (options, [span]) => ({ span: readSpan(span), by: costGroup.parse(options['by']) }),
    ask: (query) => context.hive.call('listCosts', query),
    items: ({ rows }) => rows,
    columns: [
      { title: 'OF', value: ({ key }) => (key === '' ? nameless : key) },
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
        terminal.say(
          `${total.usage.unpricedCalls === 1 ? '1 call has' : `${total.usage.unpricedCalls} calls have`} no known price, and nothing of it is in the cost.`,
        );
      terminal.say(`Days are those of ${timeZone}. The provider's invoice is what counts.`);
    },
  };
}

type Query = { span: z.infer<typeof costSpan>; by: z.infer<typeof costGroup> };
type Costs = OpOutput<typeof moneyOperations.listCosts>;

/** The figures as they are, for programs; a model's name that a spreadsheet would run as a formula is made harmless. */
function toCsv(by: string, { rows }: Costs): string {
  const figures = rows.map(({ key, calls, usage }) => ({
    [by]: key,
    calls,
    input_tokens: usage.inputTokens,
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_tokens: usage.cacheWriteTokens,
    output_tokens: usage.outputTokens,
    cost_usd: usage.costUsd,
    unpriced_calls: usage.unpricedCalls,
  }));
  const columns = [
    by,
    'calls',
    'input_tokens',
    'cache_read_tokens',
    'cache_write_tokens',
    'output_tokens',
    'cost_usd',
    'unpriced_calls',
  ];
  return stringify(figures, { header: true, columns, escape_formulas: true });
}

function readSpan(text: string | undefined) {
  const parsed = costSpan.safeParse(text ?? 'today');
  if (parsed.success) return parsed.data;
  throw new HiveError('invalid_input', `Costs are listed for ${costSpan.options.join(', ')}, not "${text ?? ''}".`);
}
