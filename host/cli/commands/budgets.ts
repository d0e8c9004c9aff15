import type { Command } from 'commander';
import { sayAmount, sayBudget, sayPeriod } from '../../../protocol/budget-words.ts';
import { HiveError } from '../../../protocol/errors.ts';
import {
  budgetAmount,
  budgetPeriod,
  budgetScope,
  budgetUnit,
  type BudgetUnit,
  type BudgetView,
} from '../../../protocol/schemas/budget.ts';
import type { CliContext } from '../context.ts';
import { sayUntil } from '../output/say-figures.ts';
import { define, examples, type Options, readNumber } from './command.ts';
import { defineList } from './list.ts';

const SCOPES = 'an agent, "@role:<role>", "subtree:<agent>" (with everybody below it) or "hive"';

export function addBudgetCommands(program: Command, context: CliContext): void {
  const budget = program.command('budget').description('limits on what agents may use: dollars, tokens or requests');

  const set = budget
    .command('set')
    .description('set a budget, or the amount of the one there is; agents that it stopped go on')
    .argument('SCOPE', SCOPES)
    .option('--usd <amount>', 'in dollars')
    .option('--tokens <count>', 'in tokens of all kinds')
    .option('--requests <count>', 'in requests to a model')
    .requiredOption('--per <period>', `for each ${budgetPeriod.options.join(', ')}`);
  examples(set, [
    ['hivectl budget set hive --usd 20 --per day', 'for all agents together'],
    ['hivectl budget set scout --usd 0.10 --per total', 'until it is raised'],
    ['hivectl budget set @role:coder --tokens 2000000 --per hour', 'for all coders together'],
    ['hivectl budget set subtree:manager --requests 500 --per month', ''],
  ]);
  define(set, context, async (terminal, options, [scope]) => {
    const { budget: made, replaced } = await context.hive.call('setBudget', {
      scope: readScope(scope),
      per: readPeriod(options['per']),
      ...readAmount(options),
    });
    terminal.print({ budget: made, replaced });
    terminal.say(
      `${replaced ? 'Now' : 'Set'}: ${sayBudget(made)}; ${sayAmount(made.unit, made.spent)} of it are used.`,
    );
    if (made.agents.length === 0) terminal.say('No agent is meant by it yet.');
  });

  const ls = budget.command('ls').description('budgets, what is used of them, and whom they stopped');
  examples(ls, [['hivectl budget ls', '']]);
  defineList(ls, context, {
    read: () => ({}),
    ask: () => context.hive.call('listBudgets', {}),
    items: ({ budgets }) => budgets,
    columns: [
      { title: 'ID', value: ({ id }) => String(id) },
      { title: 'FOR', value: ({ scope }) => scope },
      { title: 'BUDGET', value: ({ unit, per, amount }) => `${sayAmount(unit, amount)} ${sayPeriod(per)}` },
      { title: 'USED', value: ({ unit, spent }) => sayAmount(unit, spent) },
      { title: '%', value: ({ spent, amount }) => `${Math.floor((spent / amount) * 100)}` },
      { title: 'BEGINS AGAIN', value: ({ until }, now) => (until === null ? '' : sayUntil(until, now)) },
      { title: 'WAITING', value: ({ stopped }: BudgetView) => stopped.join(', ') },
    ],
    empty: () =>
      'There are no budgets: agents may use what the provider allows. Set one: hivectl budget set hive --usd 20 --per day',
    below: (terminal, { budgets, timeZone }) => {
      if (budgets.some(({ until }) => until !== null)) terminal.say(`Hours, days and months are those of ${timeZone}.`);
    },
  });

  const remove = budget
    .command('rm')
    .description('lift a budget; agents that it stopped go on')
    .argument('ID', 'of hivectl budget ls');
  examples(remove, [['hivectl budget rm 3', '']]);
  define(remove, context, async (terminal, _options, [text]) => {
    const id = readNumber(text, 'ID');
    const answer = await context.hive.call('removeBudget', { id });
    terminal.print(answer);
    terminal.say(answer.removed ? `Budget ${id} is lifted.` : `There is no budget ${id}: hivectl budget ls`);
  });
}

function readScope(text: string | undefined) {
  const parsed = budgetScope.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new HiveError('invalid_input', `"${text ?? ''}" is nobody to set a budget for. It is for ${SCOPES}.`);
}

function readPeriod(value: Options[string]) {
  const parsed = budgetPeriod.safeParse(value);
  if (parsed.success) return parsed.data;
  const periods = budgetPeriod.options.join(', ');
  throw new HiveError('invalid_input', `--per takes one of ${periods}, not "${String(value)}".`);
}

function readAmount(options: Options): { unit: BudgetUnit; amount: number } {
  const asked = budgetUnit.options.filter((unit) => options[unit] !== undefined);
  const [unit] = asked;
  if (unit === undefined || asked.length > 1)
    throw new HiveError('invalid_input', 'Say one amount: --usd 0.10, --tokens 100000 or --requests 50.');
  if (unit !== 'usd') return { unit, amount: readNumber(options[unit], `--${unit}`) };
  const text = String(options[unit]);
  const amount = budgetAmount.safeParse(/^\$?\d+(\.\d+)?$/.test(text) ? Number(text.replace('$', '')) : undefined);
  if (amount.success) return { unit, amount: amount.data };
  throw new HiveError('invalid_input', `--usd is an amount of dollars above 0, such as 0.10, not "${text}".`);
}
